import type { Tensor } from '@tensorflow/tfjs-core';

/** The weights of a layer under the dotted names of its checkpoint. */
export type Weights = Readonly<Record<string, Tensor>>;

/** The weights below a prefix, under the rest of their names. */
export const below = (weights: Weights, prefix: string): Weights =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, each]) => (name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), each]] : [])),
  );

/** The weight of that name, which the layer has. */
export function weightOf(weights: Weights, name: string): Tensor {
  const found = weights[name];
  if (found === undefined) throw new Error(`the reference needs ${name}, and got ${Object.keys(weights).join(', ') || 'no weights'}`);
  return found;
}

import { type Key, normal, type Parameters, parameter, uniform } from '@longspan/core-tensor';
import { ones, type Tensor, zeros } from '@tensorflow/tfjs-core';

/** How a parameter begins: dense weights uniform within ±1/√in as in PyTorch, tables normal with deviation 0.02. */
export type Start = 'dense' | 'table' | 'zeros' | 'ones';

/** Shape and start of each parameter of a layer, by name: both `init` and the checks of `apply` read it. */
export type ParameterSpec = Readonly<Record<string, { readonly shape: readonly number[]; readonly start: Start }>>;

export const linearSpec = (
  name: string,
  inFeatures: number,
  outFeatures: number,
  { bias = true }: { readonly bias?: boolean } = {},
): ParameterSpec => ({
  [`${name}.weight`]: { shape: [outFeatures, inFeatures], start: 'dense' },
  ...(bias ? { [`${name}.bias`]: { shape: [outFeatures], start: 'zeros' as const } } : {}),
});

export const normSpec = (name: string, width: number): ParameterSpec => ({
  [`${name}.weight`]: { shape: [width], start: 'ones' },
  [`${name}.bias`]: { shape: [width], start: 'zeros' },
});

export const prefixedSpec = (prefix: string, spec: ParameterSpec): ParameterSpec =>
  Object.fromEntries(Object.entries(spec).map(([name, each]) => [`${prefix}.${name}`, each]));

const starts: Readonly<Record<Start, (key: Key, shape: number[]) => Tensor>> = {
  dense: (key, shape) => {
    const bound = 1 / Math.sqrt(shape.at(-1) as number);
    return uniform(key, shape, { min: -bound, max: bound });
  },
  table: (key, shape) => normal(key, shape, { standardDeviation: 0.02 }),
  zeros: (_, shape) => zeros(shape),
  ones: (_, shape) => ones(shape),
};

export const initialParameters = (spec: ParameterSpec, key: Key): Parameters =>
  Object.fromEntries(Object.entries(spec).map(([name, { shape, start }]) => [name, starts[start](key.fold(name), [...shape])]));

/**
 * Throws unless each parameter is there in its shape. Layers call it before their first operation: what a throw leaves behind under
 * a gradient tape is lost.
 */
export function checkParameters(caller: string, spec: ParameterSpec, parameters: Parameters): void {
  for (const [name, { shape }] of Object.entries(spec)) parameter(parameters, name, caller, shape);
}

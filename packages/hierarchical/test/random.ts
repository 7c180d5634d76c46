import { createKey, type Key, normal, type Parameters } from '@longspan/core-tensor';
import { add, dispose, engine, mul, sqrt, square, sub, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Numbers that are the same on every run. */
export const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), [...shape]);

/** Parameters of a layer, with every bias and table drawn too, so that no part of it is idle. */
export function lively(init: (key: Key) => Parameters, name = 'parameters'): Parameters {
  const first = init(createKey(name));
  const drawn = Object.entries(first).map(([each, tensor]) => {
    const around = /norm\.weight$/i.test(each) ? 1 : 0;
    const dense = tensor.shape.length === 2 && /weight$/.test(each);
    const key = createKey(`${name} ${each}`);
    return [each, dense ? mul(tensor, 1.5) : normal(key, tensor.shape, { mean: around, standardDeviation: 0.4 })] as const;
  });
  dispose(Object.values(first));
  return Object.fromEntries(drawn);
}

/**
 * Expects gradients to say how Σ out · cotangent changes, for random cotangents: along a random direction of each input it must
 * change as the gradient says, by central differences.
 */
export async function expectGradients(
  run: (inputs: Readonly<Record<string, Tensor>>) => Tensor,
  inputs: Readonly<Record<string, Tensor>>,
  { step = 5e-3, tolerance = 2e-2 }: { readonly step?: number; readonly tolerance?: number } = {},
): Promise<void> {
  const names = Object.keys(inputs);
  const made = run(inputs);
  const cotangent = draw('cotangent', made.shape);
  made.dispose();
  const scalar = (at: Readonly<Record<string, Tensor>>): Tensor => tidy(() => sum(mul(run(at), cotangent)));
  const { value, grads } = engine().gradients(() => scalar(inputs), Object.values(inputs), undefined, true);
  value.dispose();
  for (const [at, name] of names.entries()) {
    const gradient = grads[at] as Tensor | null;
    if (gradient === null) throw new Error(`${name} has no gradient`);
    const input = inputs[name] as Tensor;
    const [along, across, size] = tidy(() => {
      const direction = draw(`direction ${name}`, input.shape);
      const shifted = (by: number): Tensor => scalar({ ...inputs, [name]: add(input, mul(direction, by)) });
      return [sum(mul(gradient, direction)), mul(sub(shifted(step), shifted(-step)), 1 / (2 * step)), sqrt(sum(square(gradient)))];
    }) as [Tensor, Tensor, Tensor];
    const [slope, difference, norm] = await Promise.all([along, across, size].map(async (each) => (await each.data())[0] as number));
    dispose([along, across, size, gradient]);
    expect(norm, `the gradient of ${name}`).toBeGreaterThan(0);
    expect(Math.abs((slope as number) - (difference as number)) / (norm as number), `the gradient of ${name}`).toBeLessThan(tolerance);
  }
  cotangent.dispose();
}

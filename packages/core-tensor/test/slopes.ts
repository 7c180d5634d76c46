import { add, grads, mul, type Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { createKey } from '../src/key/index.ts';
import { normal } from '../src/tensor/random.ts';

const total = async (values: Tensor, weights: Tensor): Promise<number> => {
  const [left, right] = await Promise.all([values.data(), weights.data()]);
  return Array.from(left).reduce((sum, value, at) => sum + value * (right[at] as number), 0);
};

/**
 * Holds each gradient of `run`, under a random cotangent, against the slope along a random direction, which is measured by a
 * central difference and added up in float64.
 */
export async function expectSlopes(
  run: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  step = 1e-2,
  tolerance = 2e-3,
): Promise<void> {
  const key = createKey('slopes');
  const cotangent = normal(key.fold('cotangent'), run(...inputs).shape);
  const gradients = grads(run)([...inputs], cotangent);
  for (const [at, input] of inputs.entries()) {
    const direction = normal(key.fold(at), input.shape);
    const shifted = (by: number): Tensor => run(...inputs.map((each, other) => (other === at ? add(each, mul(direction, by)) : each)));
    const measured = ((await total(shifted(step), cotangent)) - (await total(shifted(-step), cotangent))) / (2 * step);
    const claimed = await total(gradients[at] as Tensor, direction);
    expect(Math.abs(claimed - measured) / Math.max(1, Math.abs(measured)), `input ${at}: ${claimed}, measured ${measured}`).toBeLessThan(
      tolerance,
    );
  }
}

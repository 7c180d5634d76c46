import { withBackend } from '@longspan/tooling/expect';
import { add, dispose, memory, scalar, square, sub, sum, type Tensor, tensor1d, variable, variableGrads } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { variableOptimizer } from './variable-optimizer.ts';

beforeAll(() => withBackend('cpu'));

it('moves all variables that have a gradient, leaves the others alone, and leaves nothing behind', async () => {
  const [x, y, still] = [variable(tensor1d([0, 10])), variable(scalar(1)), variable(tensor1d([7]))];
  const before = memory().numTensors;
  const optimizer = variableOptimizer([x, y, still]);
  for (let step = 0; step < 200; step++) {
    const { value, grads } = variableGrads(() => sum(add(square(sub(x, 3)), square(sub(y, 5)))), [x, y]);
    optimizer.step(grads, 0.1);
    dispose([value, grads]);
  }
  optimizer.dispose();
  expect(memory().numTensors).toBe(before);
  const near = async (of: Tensor, to: number): Promise<boolean> => (await of.data()).every((value) => Math.abs(value - to) < 0.05);
  expect(await near(x, 3)).toBe(true);
  expect(await near(y, 5)).toBe(true);
  expect(await near(still, 7)).toBe(true);
  dispose([x, y, still]);
});

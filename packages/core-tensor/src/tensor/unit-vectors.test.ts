import { expectClose, onBackends } from '@longspan/tooling/expect';
import { grad, mul, sum, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { unitVectors } from './unit-vectors.ts';

const close = { atol: 1e-6, rtol: 0 };

onBackends('unitVectors', () => {
  it('have length 1, whatever the length before; a vector of zeros stays one', async () => {
    const x = tensor2d([
      [3, 4],
      [3e-9, 4e-9],
      [0, 0],
    ]);
    expectClose(await unitVectors(x).data(), [0.6, 0.8, 0.6, 0.8, 0, 0], close);
    expectClose(await unitVectors(tensor1d([1e-13, 0])).data(), [0, 0], close);
  });

  it('have the gradient at right angles to the vector, and 0 where there is no direction', async () => {
    const cotangent = tensor2d([
      [1, 0],
      [1, -2],
      [1, -2],
    ]);
    const gradient = grad((x: Tensor) => sum(mul(unitVectors(x), cotangent)))(tensor2d([3, 4, 0, 0, 1e-13, 0], [3, 2]));
    expectClose(await gradient.data(), [0.128, -0.096, 0, 0, 0, 0], close);
    expectClose(await unitVectors(tensor1d([0, 5])).data(), [0, 1], close);
  });
});

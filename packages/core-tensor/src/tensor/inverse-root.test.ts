import { expectClose, onBackends } from '@longspan/tooling/expect';
import { grad, tensor1d } from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { inverseRoot } from './inverse-root.ts';

const close = { atol: 1e-6, rtol: 1e-6 };

onBackends('inverseRoot', () => {
  it('is 1 / √x, and 0 at 0 or where x is at most the least', async () => {
    expectClose(await inverseRoot(tensor1d([4, 0.25, 0])).data(), [0.5, 2, 0], close);
    expectClose(await inverseRoot(tensor1d([4, 0.25, 0]), 1).data(), [0.5, 0, 0], close);
  });

  it('has the slope −x^(−3/2) / 2, and 0 at 0', async () => {
    const slopes = grad((x) => inverseRoot(x))(tensor1d([4, 0.25, 0]), tensor1d([1, 1, 1]));
    expectClose(await slopes.data(), [-0.0625, -4, 0], close);
  });
});

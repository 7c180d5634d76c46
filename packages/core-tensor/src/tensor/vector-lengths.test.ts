import { expectClose, onBackends } from '@longspan/tooling/expect';
import { grad, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { vectorLengths } from './vector-lengths.ts';

const close = { atol: 1e-6, rtol: 1e-6 };

onBackends('vectorLengths', () => {
  it('are the roots of the sums of squares, 0 for zeros; their slope is the direction, 0 for zeros', async () => {
    const x = tensor2d([3, -4, 0, 0, 6e-9, 8e-9], [3, 2]);
    expectClose(await vectorLengths(x).data(), [5, 0, 1e-8], close);
    expectClose(await grad((each) => vectorLengths(each))(x, tensor1d([1, 1, 1])).data(), [0.6, -0.8, 0, 0, 0.6, 0.8], close);
  });
});

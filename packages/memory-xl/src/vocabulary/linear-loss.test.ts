import { applyLinear, crossEntropy } from '@longspan/core-tensor';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { dispose, grads, mul, sum, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { hiddenOf } from '../../test/small-model.ts';
import { linearLoss } from './linear-loss.ts';

onBackends('linearLoss', () => {
  it('equals cross entropy of a linear map, outputs and gradients, in several chunks', async () => {
    const [classes, logits] = [777, 1600]; // two rows of logits fill a chunk
    const [rows, weight, bias] = [hiddenOf('rows', [5, 2]), hiddenOf('weight', [classes, 2]), hiddenOf('bias', [classes])] as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const targets = tensor1d([3, classes - 1, 0, 77, 3], 'int32');
    const cotangent = hiddenOf('cotangent', [5]);
    const ours = linearLoss(rows, weight, bias, targets, logits);
    const gradients = grads((x: Tensor, w: Tensor, b: Tensor) => sum(mul(linearLoss(x, w, b, targets, logits), cotangent)))([
      rows,
      weight,
      bias,
    ]);
    const plain = (x: Tensor, w: Tensor, b: Tensor): Tensor => crossEntropy(applyLinear(x, w, b), targets, { reduction: 'none' });
    const expected = plain(rows, weight, bias);
    expectClose(await ours.data(), await expected.data(), { atol: 1e-5, rtol: 1e-5 });
    const others = grads((x: Tensor, w: Tensor, b: Tensor) => sum(mul(plain(x, w, b), cotangent)))([rows, weight, bias]);
    for (const [at, gradient] of gradients.entries()) {
      expectClose(await gradient.data(), await (others[at] as Tensor).data(), { atol: 1e-6, rtol: 1e-4 }, `gradient ${at}`);
    }
    dispose([rows, weight, bias, targets, cotangent, ours, gradients, expected, others]);
  });
});

import { applyLinear, createKey, crossEntropy, normal } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { grads, memory, mul, profile, reshape, type Scalar, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { chunkedCrossEntropy } from './chunked-cross-entropy.ts';

const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
const tight = { atol: 1e-6, rtol: 1e-5 };

onBackends('chunkedCrossEntropy', () => {
  const inputs = () => ({ hidden: draw('hidden', [2, 5, 6]), weight: draw('weight', [9, 6]), bias: draw('bias', [9]) });
  const targets = tensorOf([0, 8, 3, -100, 2, 2, 7, -100, 1, 5]);
  function tensorOf(ids: number[]): () => Tensor {
    return () => reshape(tensor1d(ids, 'int32'), [2, 5]);
  }

  describe.each([1, 3, 4, 10, 64])('%i rows at a time', (chunkLength) => {
    it.each(['mean', 'sum'] as const)('is the loss of all logits at once, with its gradients: %s', async (reduction) => {
      const options = { reduction, labelSmoothing: 0.1 };
      const { hidden, weight, bias } = inputs();
      const target = targets();
      const whole = (h: Tensor, w: Tensor, b: Tensor): Tensor => mul(3, crossEntropy(applyLinear(h, w, b), target, options));
      const chunked = (h: Tensor, w: Tensor, b: Tensor): Tensor =>
        mul(3, chunkedCrossEntropy({ hidden: h, weight: w, bias: b, targets: target }, { ...options, chunkLength }));
      expectClose(await chunked(hidden, weight, bias).data(), await whole(hidden, weight, bias).data(), tight);
      const [expected, ours] = [whole, chunked].map((run) =>
        grads((h: Tensor, w: Tensor, b: Tensor) => run(h, w, b) as Scalar)([hidden, weight, bias]),
      ) as [Tensor[], Tensor[]];
      for (const [at, gradient] of expected.entries())
        expectClose(await (ours[at] as Tensor).data(), await gradient.data(), tight, `gradient ${at}`);
    });
  });

  it('never holds the logits of all rows: more rows add their hidden states and targets, not their logits', async () => {
    const weight = draw('weight', [1000, 8]);
    const peak = async (rows: number, chunkLength: number): Promise<number> => {
      const hidden = draw('hidden', [1, rows, 8]);
      const target = reshape(tensor1d(new Int32Array(rows).fill(3), 'int32'), [1, rows]);
      const before = memory().numBytes;
      const { peakBytes } = await profile(() =>
        grads((h: Tensor, w: Tensor) => chunkedCrossEntropy({ hidden: h, weight: w, targets: target }, { chunkLength }) as Scalar)([
          hidden,
          weight,
        ]),
      );
      return peakBytes - before;
    };
    const logitsOf = (rows: number): number => rows * 1000 * 4;
    expect((await peak(512, 16)) - (await peak(256, 16))).toBeLessThan(logitsOf(256) / 16);
    expect(await peak(512, 16)).toBeLessThan(logitsOf(512) / 2);
    expect(await peak(512, 512)).toBeGreaterThan(logitsOf(512));
  });

  it('leaves nothing behind and names a chunkLength that is no number of rows', async () => {
    const { hidden, weight } = inputs();
    const target = targets();
    const loss = (h: Tensor): Scalar => chunkedCrossEntropy({ hidden: h, weight, targets: target }, { chunkLength: 3 }) as Scalar;
    expect(await leaked(() => grads(loss)([hidden]))).toEqual({ tensors: 0, buffers: 0 });
    expect(() => chunkedCrossEntropy({ hidden, weight, targets: target }, { chunkLength: 0 })).toThrow(
      'chunkLength is not a number of rows',
    );
  });
});

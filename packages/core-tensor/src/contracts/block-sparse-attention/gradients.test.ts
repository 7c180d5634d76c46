import { expectClose, onBackends } from '@longspan/tooling/expect';
import { add, grads, mul, type Scalar, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createKey } from '../../key/index.ts';
import type { BlockLayout } from '../../layout/block-layout.ts';
import { normal } from '../../tensor/random.ts';
import { bias, blockSparseAttention, blockSparseAttentionGradients } from './index.ts';

/** Two blocks of two queries; the first attends to the first block of keys, the second to both. */
const lists = { indptr: new Int32Array([0, 1, 3]), indices: new Int32Array([0, 0, 1]), tileIndices: new Int32Array([-1, -1, -1]) };
const layout: BlockLayout = {
  blockSize: 2,
  queryLength: 4,
  keyLength: 4,
  queryOffset: 0,
  batch: 1,
  heads: 1,
  bitmaps: new Uint32Array(0),
  ...lists,
  transposed: { indptr: new Int32Array([0, 2, 3]), indices: new Int32Array([0, 1, 1]), tileIndices: lists.tileIndices },
};
const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);

onBackends('blockSparseAttentionGradients', () => {
  const [q, k, v, table] = [
    () => draw('q', [2, 4, 4, 3]),
    () => draw('k', [2, 2, 4, 3]),
    () => draw('v', [2, 2, 4, 5]),
    () => draw('b', [1, 4, 4, 4]),
  ];
  const cotangents = () => ({ outCotangent: draw('out', [2, 4, 4, 5]), logSumExpCotangent: draw('lse', [2, 4, 4]) });
  const run = (a: Tensor, b: Tensor, c: Tensor, t: Tensor, selected?: Tensor) =>
    blockSparseAttention(a, b, c, { layout, score: [bias(t)], ...(selected && { selected }) });

  it.each([false, true])('are those that tfjs gets of the same call, a run-time list beside the layout: %s', async (listed) => {
    const selected = listed ? tensor([1, -1], [1, 1, 2, 1], 'int32') : undefined;
    const { outCotangent, logSumExpCotangent } = cotangents();
    const tensors = [q(), k(), v(), table()] as [Tensor, Tensor, Tensor, Tensor];
    const expected = grads((a: Tensor, b: Tensor, c: Tensor, t: Tensor) => {
      const { out, logSumExp } = run(a, b, c, t, selected);
      return add(sum(mul(out, outCotangent)), sum(mul(logSumExp, logSumExpCotangent))) as Scalar;
    })(tensors);
    const found = tidy(() => [
      ...(blockSparseAttentionGradients(
        tensors[0],
        tensors[1],
        tensors[2],
        { layout, score: [bias(tensors[3])], ...(selected && { selected }) },
        { ...run(...tensors, selected), outCotangent, logSumExpCotangent },
      ) as Tensor[]),
    ]);
    expect(found.length).toBe(expected.length);
    for (const [at, gradient] of expected.entries()) {
      expectClose(await (found[at] as Tensor).data(), await gradient.data(), { atol: 1e-6, rtol: 1e-5 }, `gradient ${at}`);
    }
  });

  it('name a cotangent that does not fit', () => {
    const result = run(q(), k(), v(), table());
    const wrong = { ...result, ...cotangents(), outCotangent: draw('out', [2, 4, 4, 3]) };
    expect(() => blockSparseAttentionGradients(q(), k(), v(), { layout }, wrong)).toThrow(
      'blockSparseAttentionGradients: outCotangent must have the shape [',
    );
  });
});

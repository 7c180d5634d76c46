import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { grad, type Tensor, tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { embedding, gatherRows } from './embedding.ts';

const key = createKey('embedding');

onBackends('gatherRows', () => {
  it('takes rows for ids of any shape, and adds up the cotangents of equal ids', async () => {
    const table = tensor2d([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [0, 0, 0],
    ]);
    const ids = tensor([2, 0, 2, 1], [2, 1, 2], 'int32');
    expect(await gatherRows(table, ids).array()).toEqual([
      [
        [
          [7, 8, 9],
          [1, 2, 3],
        ],
      ],
      [
        [
          [7, 8, 9],
          [4, 5, 6],
        ],
      ],
    ]);
    const dy = tensor([1, 2, 3, 10, 20, 30, 100, 200, 300, 5, 5, 5], [2, 1, 2, 3]);
    expect(await grad((t: Tensor) => gatherRows(t, ids))(table, dy).array()).toEqual([
      [10, 20, 30],
      [5, 5, 5],
      [101, 202, 303],
      [0, 0, 0],
    ]);
  });

  it('takes one row for a scalar id', async () => {
    expect(
      await gatherRows(
        tensor2d([
          [1, 2],
          [3, 4],
        ]),
        tensor(1, [], 'int32'),
      ).array(),
    ).toEqual([3, 4]);
  });

  it('gives NaN and no gradient for an id outside the table, and leaves the other rows alone', async () => {
    const table = tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const ids = tensor1d([-1, 1, 2], 'int32');
    expect(await gatherRows(table, ids).array()).toEqual([
      [Number.NaN, Number.NaN],
      [3, 4],
      [Number.NaN, Number.NaN],
    ]);
    const dy = tensor2d([
      [7, 7],
      [1, 2],
      [9, 9],
    ]);
    expect(await grad((t: Tensor) => gatherRows(t, ids))(table, dy).array()).toEqual([
      [0, 0],
      [1, 2],
    ]);
  });

  it('reads the padding row but gives it no gradient', async () => {
    const table = tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const ids = tensor1d([1, 0, 1], 'int32');
    const gather = (t: Tensor): Tensor => gatherRows(t, ids, { paddingIndex: 1 });
    expect(await gather(table).array()).toEqual([
      [3, 4],
      [1, 2],
      [3, 4],
    ]);
    expect(
      await grad(gather)(
        table,
        tensor2d([
          [1, 1],
          [2, 2],
          [4, 4],
        ]),
      ).array(),
    ).toEqual([
      [2, 2],
      [0, 0],
    ]);
  });

  it('leaks nothing, forward, backward or where it throws', async () => {
    const table = normal(key, [5, 3]);
    const ids = tensor1d([4, 4, 0], 'int32');
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => gatherRows(table, ids))).toEqual(none);
    expect(await leaked(() => grad((t: Tensor) => gatherRows(t, ids, { paddingIndex: 0 }))(table))).toEqual(none);
    expect(await leaked(() => gatherRows(table, ids, { paddingIndex: 5 }))).toEqual(none);
  });

  it('throws for ids that are not int32 and for a padding index outside the table', () => {
    expect(() => gatherRows(zeros([5, 3]), tensor1d([1, 2]))).toThrow(
      new ShapeError({
        caller: 'gatherRows',
        problem: 'ids must be int32.',
        expected: 'int32 [...]',
        got: 'float32 [2]',
        remedy: "give cast(ids, 'int32').",
      }),
    );
    expect(() => gatherRows(zeros([5, 3]), tensor1d([1], 'int32'), { paddingIndex: 5 })).toThrow(
      new ConfigError({
        caller: 'gatherRows',
        problem: 'paddingIndex must be a row of the table.',
        expected: 'an integer of 0 … 4',
        got: '5',
        remedy: 'give the index of the padding row, or leave it out.',
      }),
    );
  });
});

onBackends('embedding', () => {
  it('starts with a padding row of zeros and draws the others', async () => {
    const { weight } = embedding({ vocabulary: 4, width: 3, paddingIndex: 2 }).init(key);
    const plain = embedding({ vocabulary: 4, width: 3 }).init(key);
    const [padded, drawn] = [await (weight as Tensor).data(), Array.from(await (plain['weight'] as Tensor).data())];
    expectClose(
      padded,
      drawn.map((value, at) => (at >= 6 && at < 9 ? 0 : value)),
      { atol: 0, rtol: 0 },
    );
    expect(drawn.every((value) => value !== 0)).toBe(true);
    expect(await leaked(() => embedding({ vocabulary: 4, width: 3, paddingIndex: 2 }).init(key))).toEqual({ tensors: 0, buffers: 0 });
  });
});

import { onBackends } from '@longspan/tooling/expect';
import { tensor1d, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { rowsOf } from './rows-of.ts';
import { scatterRows } from './scatter-rows.ts';

const index = () => tensor2d([2, 0, 2, 1], [2, 2], 'int32');

onBackends('rowsOf', () => {
  it('takes rows of any shape by an index of any shape', async () => {
    const table = tensor3d([[[1, 2]], [[3, 4]], [[5, 6]]]);
    const rows = rowsOf(table, index());
    expect([rows.shape, ...(await rows.data())]).toEqual([[2, 2, 1, 2], 5, 6, 1, 2, 5, 6, 3, 4]);
  });

  it('takes numbers of a list, of their own dtype', async () => {
    const numbers = rowsOf(tensor1d([7, 8, 9], 'int32'), index());
    expect([numbers.dtype, numbers.shape, ...(await numbers.data())]).toEqual(['int32', [2, 2], 9, 7, 9, 8]);
  });
});

onBackends('scatterRows', () => {
  it('adds up what is meant for one row, and leaves zeros where nothing is', async () => {
    const sums = scatterRows(
      index(),
      tensor3d([
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ]),
      4,
    );
    expect(await sums.array()).toEqual([
      [3, 4],
      [7, 8],
      [6, 8],
      [0, 0],
    ]);
  });

  it('adds up numbers', async () => {
    const sums = scatterRows(index(), tensor2d([1, 2, 3, 4], [2, 2], 'int32'), 3);
    expect([sums.dtype, ...(await sums.data())]).toEqual(['int32', 2, 4, 4]);
  });
});

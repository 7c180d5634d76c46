import { leaked, onBackends } from '@longspan/tooling/expect';
import { grads, mul, sum, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createKey } from '../key/index.ts';
import { normal } from './random.ts';
import { inverseOrder, reorderRows, scatterRowsBy } from './reorder-rows.ts';

onBackends('reorderRows', () => {
  const order = Int32Array.of(2, -1, 3, 0, -1);
  const rows = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
    [
      [9, 10],
      [11, 12],
      [13, 14],
      [15, 16],
    ],
  ];

  it('takes rows, drops those that are not named, and makes rows of zeros', async () => {
    expect(await reorderRows(tensor3d(rows), order).array()).toEqual([
      [
        [5, 6],
        [0, 0],
        [7, 8],
        [1, 2],
        [0, 0],
      ],
      [
        [13, 14],
        [0, 0],
        [15, 16],
        [9, 10],
        [0, 0],
      ],
    ]);
  });

  it('sends each cotangent back to its row, and none to a dropped one', async () => {
    const cotangent = tensor3d([
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
        [9, 9],
      ],
      [
        [9, 10],
        [11, 12],
        [13, 14],
        [15, 16],
        [9, 9],
      ],
    ]);
    const [gradient] = grads((x: Tensor) => sum(mul(reorderRows(x, order), cotangent)))([tensor3d(rows)]);
    expect(await gradient?.array()).toEqual([
      [
        [7, 8],
        [0, 0],
        [1, 2],
        [5, 6],
      ],
      [
        [15, 16],
        [0, 0],
        [9, 10],
        [13, 14],
      ],
    ]);
  });

  it('by the inverse order undoes a permutation', async () => {
    const permutation = Int32Array.of(3, 0, 4, 1, 2);
    const x = normal(createKey(0), [3, 5, 7]);
    expect(await reorderRows(reorderRows(x, permutation), inverseOrder(permutation, 5)).data()).toEqual(await x.data());
  });

  it('leaves no tensor behind', async () => {
    const x = normal(createKey(0), [2, 4, 3]);
    expect(await leaked(() => reorderRows(x, order))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads((y: Tensor) => sum(reorderRows(y, order)))([x]))).toEqual({ tensors: 0, buffers: 0 });
  });
});

onBackends('scatterRowsBy', () => {
  const order = Int32Array.of(1, -1, 1, 0);
  const rows = [
    [[1], [2], [4], [8]],
    [[16], [32], [64], [128]],
  ];

  it('adds up the rows that go to one place, and leaves out those that go nowhere', async () => {
    expect(await scatterRowsBy(tensor3d(rows), order, 3).array()).toEqual([
      [[8], [5], [0]],
      [[128], [80], [0]],
    ]);
  });

  it('has reorderRows for its gradient, and is that of a row taken several times', async () => {
    const cotangent = tensor3d([
      [[1], [2], [3]],
      [[4], [5], [6]],
    ]);
    const [ofSums] = grads((x: Tensor) => sum(mul(scatterRowsBy(x, order, 3), cotangent)))([tensor3d(rows)]);
    expect(await ofSums?.array()).toEqual([
      [[2], [0], [2], [1]],
      [[5], [0], [5], [4]],
    ]);
    const [ofTaken] = grads((x: Tensor) => sum(mul(reorderRows(x, order), tensor3d(rows))))([cotangent]);
    expect(await ofTaken?.array()).toEqual(await scatterRowsBy(tensor3d(rows), order, 3).array());
  });
});

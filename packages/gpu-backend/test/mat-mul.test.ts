import { createKey, linearCrossEntropy, normal } from '@longspan/core-tensor';
import { expectClose, leaked } from '@longspan/tooling/expect';
import { grads, matMul, ones, profile, type Tensor, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from './registered.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

const drawn = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);

/** By loops, of two matrices or of batches of them. */
async function expected(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Promise<number[]> {
  const [x, y] = [await a.data(), await b.data()];
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [rows, depth, columns] = [transposeA ? columnsA : rowsA, transposeA ? rowsA : columnsA, transposeB ? rowsB : columnsB];
  const batches = a.size / (rows * depth);
  return Array.from({ length: batches * rows * columns }, (_, at) => {
    const [batch, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
    const ofB = b.size > depth * columns ? batch * depth * columns : 0;
    let sum = 0;
    for (let place = 0; place < depth; place++) {
      const atA = batch * rows * depth + (transposeA ? place * rows + row : row * depth + place);
      const atB = ofB + (transposeB ? column * depth + place : place * columns + column);
      sum += (x[atA] as number) * (y[atB] as number);
    }
    return sum;
  });
}

describe('matMul', () => {
  it.each([
    ['two matrices', [5, 6], [6, 3], false, false],
    ['transposed ones', [6, 5], [3, 6], true, true],
    ['rows in a batch by one matrix', [2, 4, 6], [6, 3], false, false],
    ['batches, by tfjs itself', [2, 4, 6], [2, 6, 3], false, false],
    ['transposed batches, by tfjs itself', [2, 6, 4], [1, 6, 3], true, false],
  ] as const)('of %s gives what loops do', async (name, shapeA, shapeB, transposeA, transposeB) => {
    const [a, b] = [drawn(`a ${name}`, [...shapeA]), drawn(`b ${name}`, [...shapeB])];
    const out = matMul(a, b, transposeA, transposeB);
    expect(out.shape).toEqual([...shapeA.slice(0, -2), shapeA.at(transposeA ? -1 : -2), shapeB.at(transposeB ? -2 : -1)]);
    expectClose(await out.data(), await expected(a, b, transposeA, transposeB), { atol: 1e-5, rtol: 1e-5 });
    expect(await leaked(() => matMul(a, b, transposeA, transposeB))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('is seen by tf.profile, and has its gradients', async () => {
    const [a, b] = [tensor2d([[1, 2]]), tensor2d([[3], [4]])];
    const { kernels } = await profile(() => tidy(() => matMul(a, b)));
    expect(kernels.map(({ name }) => name)).toEqual(['BatchMatMul']);
    const [da, db] = grads((x: Tensor, y: Tensor) => matMul(x, y))([a, b]) as [Tensor, Tensor];
    expect([[...(await da.data())], [...(await db.data())]]).toEqual([
      [3, 4],
      [1, 2],
    ]);
  });

  it('makes linearCrossEntropy give the same bits twice, gradients included', async () => {
    const inputs = [drawn('hidden', [12, 8]), drawn('weight', [40, 8])];
    const targets = tensor1d([1, 39, 0, 5, 5, 5, -100, 7, 8, 9, 10, 11], 'int32');
    const run = async () => {
      const loss = (hidden: Tensor, weight: Tensor): Tensor => linearCrossEntropy({ hidden, weight, targets }, { chunkLength: 5 });
      const all = grads(loss)(inputs, ones([]) as Tensor);
      return Promise.all(all.map(async (each) => [...(await each.data())]));
    };
    expect(await run()).toEqual(await run());
  });
});

import { leaked, onBackends } from '@longspan/tooling/expect';
import { grads, type Tensor, tensor3d, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { applyAxialPositions, axialPositions } from './axial.ts';

const first = () => tensor3d([[[1]], [[2]], [[3]]]); // n1 = 3 rows, d1 = 1
const second = () =>
  tensor3d([
    [
      [10, 11],
      [20, 21],
    ],
  ]); // n2 = 2 columns, d2 = 2
const key = createKey('axial');

onBackends('applyAxialPositions', () => {
  it('puts the row before the column, for the whole grid, a prefix within a row, and from a start on', async () => {
    const whole = [
      [1, 10, 11],
      [1, 20, 21],
      [2, 10, 11],
      [2, 20, 21],
      [3, 10, 11],
      [3, 20, 21],
    ];
    for (const length of [6, 4, 3, 1]) {
      expect(await applyAxialPositions(zeros([length, 3]), first(), second()).array(), `${length} tokens`).toEqual(whole.slice(0, length));
    }
    expect(await applyAxialPositions(zeros([1, 2, 3]), first(), second(), 3).array()).toEqual([whole.slice(3, 5)]);
  });

  it.each([6, 3])('gives the gradients of %i tokens, and zeros for rows that none reached', async (length) => {
    const x = normal(key, [2, length, 3]);
    const run = (...[input, one, two]: Tensor[]): Tensor => applyAxialPositions(input as Tensor, one as Tensor, two as Tensor);
    await expectSlopes(run, [x, first(), second()]);
    const [, dFirst] = grads(run)([x, first(), second()]) as [Tensor, Tensor];
    expect(await dFirst.array()).toEqual(length === 6 ? [[[4]], [[4]], [[4]]] : [[[4]], [[2]], [[0]]]);
  });

  it('leaks nothing and rejects a sequence beyond the grid', async () => {
    const given = [normal(key, [3, 3]), first(), second()] as const;
    const run = (...[input, one, two]: Tensor[]): Tensor => applyAxialPositions(input as Tensor, one as Tensor, two as Tensor);
    expect(await leaked(() => run(...given))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads(run)([...given]))).toEqual({ tensors: 0, buffers: 0 });
    expect(() => run(zeros([7, 3]), first(), second())).toThrow(
      'expected  [..., n, 3] with start + n at most 6  (set by first and second)',
    );
    expect(() => run(zeros([3, 4]), first(), second())).toThrow('applyAxialPositions: x must have the shape [');
  });
});

onBackends('axialPositions', () => {
  it("applies parameters under Reformer's names", async () => {
    const layer = axialPositions({ shape: [3, 2], widths: [1, 2] });
    expect(Object.entries(layer.init(key)).map(([name, { shape }]) => [name, shape])).toEqual([
      ['weights.0', [3, 1, 1]],
      ['weights.1', [1, 2, 2]],
    ]);
    expect(await layer.apply({ 'weights.0': first(), 'weights.1': second() }, zeros([1, 3])).array()).toEqual([[1, 10, 11]]);
  });
});

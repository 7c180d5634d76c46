import { leaked, onBackends } from '@longspan/tooling/expect';
import { grads, ones, type Tensor, tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import { ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { applyLearnedPositions, learnedPositions } from './learned.ts';

const table = () =>
  tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ]);

onBackends('applyLearnedPositions', () => {
  it('adds the rows from start on to every batch row, and gives the other rows no gradient', async () => {
    const x = tensor([0, 0, 10, 10, 100, 0, 0, 100], [2, 2, 2]);
    const run = (...[input, weight]: Tensor[]): Tensor => applyLearnedPositions(input as Tensor, weight as Tensor, 1);
    expect(await run(x, table()).array()).toEqual([
      [
        [3, 4],
        [15, 16],
      ],
      [
        [103, 4],
        [5, 106],
      ],
    ]);
    const [dx, dWeight] = grads(run)([x, table()], x) as [Tensor, Tensor];
    expect(await dx.array()).toEqual(await x.array());
    expect(await dWeight.array()).toEqual([
      [0, 0],
      [100, 0],
      [10, 110],
      [0, 0],
    ]);
    await expectSlopes(run, [x, table()]);
  });

  it('takes the last positions but none beyond', () => {
    expect(applyLearnedPositions(zeros([2, 2]), table(), 2).shape).toEqual([2, 2]);
    expect(() => applyLearnedPositions(zeros([2, 2]), table(), 3)).toThrow(
      new ShapeError({
        caller: 'applyLearnedPositions',
        problem: 'x must end within the positions.',
        expected: '[..., n, 2] with start + n at most 4  (set by weight)',
        got: '[2, 2] from position 3',
        remedy: 'use fewer tokens, or a longer table of positions.',
      }),
    );
    expect(() => applyLearnedPositions(zeros([2, 2]), table(), -1)).toThrow('start must be an integer of at least 0.');
  });

  it('leaks nothing', async () => {
    const [x, weight] = [ones([3, 2]), table()];
    expect(await leaked(() => applyLearnedPositions(x, weight))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads((a, b) => applyLearnedPositions(a as Tensor, b as Tensor))([x, weight]))).toEqual({
      tensors: 0,
      buffers: 0,
    });
  });
});

onBackends('learnedPositions', () => {
  it('applies its weight', async () => {
    const layer = learnedPositions({ length: 4, width: 2 });
    expect(await layer.apply({ weight: table() }, zeros([1, 2, 2])).array()).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const drawn = layer.init(createKey(1))['weight'] as Tensor;
    expect(await drawn.array()).toEqual(await normal(createKey(1).fold('weight'), [4, 2]).array());
  });
});

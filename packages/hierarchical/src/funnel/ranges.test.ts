import { leaked, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, grad, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, expectGradients } from '../../test/random.ts';
import { rangesOf } from './ranges.ts';

const ranges = [
  { start: 0, end: 3 },
  { start: 2, end: 6 },
  { start: 4, end: 7 },
];

onBackends('rangesOf', () => {
  it('gives each range, and adds their gradients up where they overlap', async () => {
    const x = draw('x', [2, 3, 7, 5]);
    const cut = rangesOf(x, ranges);
    const rows = (await x.array()) as number[][][][];
    for (const [at, { start, end }] of ranges.entries()) {
      expect(await (cut[at] as Tensor).array()).toEqual(rows.map((heads) => heads.map((row) => row.slice(start, end))));
    }
    await expectGradients(({ x }) => concat([...rangesOf(x as Tensor, ranges)], 2), { x });
    expect(await leaked(() => grad((x: Tensor) => concat([...rangesOf(x, ranges)], 2))(x))).toEqual({ tensors: 0, buffers: 0 });
    dispose([x, ...cut]);
  });
});

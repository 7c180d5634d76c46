import { leaked, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, grad, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, expectGradients } from '../../test/random.ts';
import { rangesOf } from './ranges.ts';

const ranges = [
  { from: 0, to: 3 },
  { from: 2, to: 6 },
  { from: 4, to: 7 },
];

onBackends('rangesOf', () => {
  it('gives each range, and adds their gradients up where they overlap', async () => {
    const x = draw('x', [2, 3, 7, 5]);
    const cut = rangesOf(x, ranges);
    const rows = (await x.array()) as number[][][][];
    for (const [at, { from, to }] of ranges.entries()) {
      expect(await (cut[at] as Tensor).array()).toEqual(rows.map((heads) => heads.map((row) => row.slice(from, to))));
    }
    await expectGradients(({ x }) => concat([...rangesOf(x as Tensor, ranges)], 2), { x });
    expect(await leaked(() => grad((x: Tensor) => concat([...rangesOf(x, ranges)], 2))(x))).toEqual({ tensors: 0, buffers: 0 });
    dispose([x, ...cut]);
  });
});

import { definedLayer, expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, grad, mul, sum, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { causalGroups, groupsFromBoundaries, uniformGroups } from '../groups/groups.ts';
import { linearUpsampling } from './linear-resampling.ts';
import { meanPooling } from './pooling.ts';
import { shiftRight } from './shift.ts';
import { repeatUpsampling } from './upsampling.ts';

const groups = groupsFromBoundaries([0, 3, 3, 4, 8]);

onBackends('upsampling', () => {
  it('repeats the vector of each group for its members', async () => {
    const y = draw('y', [2, 4, 3]);
    const rows = (await y.array()) as number[][][];
    const up = repeatUpsampling(y, groups);
    expect(await up.array()).toEqual(rows.map((row) => [0, 0, 0, 2, 3, 3, 3, 3].map((group) => row[group])));
    const causal = repeatUpsampling(y, groups, { causal: true });
    const read = (row: number[][], group: number) => (group < 0 ? [0, 0, 0] : row[group]);
    expect(await causal.array()).toEqual(rows.map((row) => Array.from(causalGroups(groups), (group) => read(row, group))));
    await expectGradients(({ y }) => repeatUpsampling(y as Tensor, groups, { causal: true }), { y });
    dispose([y, up, causal]);
  });

  it('makes each member by the part of the dense layer that belongs to its place', async () => {
    const layer = linearUpsampling({ width: 2, members: 4 });
    const parameters = lively(layer.init);
    const y = draw('y', [1, 4, 2]);
    const out = layer.apply(parameters, y, { groups });
    const expected = await definedLayer(parameters, [y], (weights, y) =>
      reference.linearUpsampling(weights, y as Tensor, { groups: groups.offsets, size: 4 }),
    );
    expectClose(await out.data(), expected, { atol: 1e-5, rtol: 1e-5 });
    await expectGradients(({ y, ...rest }) => layer.apply(rest, y as Tensor, { groups }), { ...parameters, y });
    dispose([y, out, Object.values(parameters)]);
  });

  it.each([2, 3, 5])('a shift by k - 1 before groups of k = %i lets no later vector through', async (k) => {
    const n = 11;
    const x = draw('x', [1, n, 2]);
    const through = (x: Tensor): Tensor => {
      const all = uniformGroups({ length: n, factor: k });
      return repeatUpsampling(meanPooling(shiftRight(x, k - 1), all), all);
    };
    for (let t = 0; t < n; t++) {
      const only = Float32Array.from({ length: 2 * n }, (_, at) => (Math.floor(at / 2) === t ? 1 : 0));
      const dx = grad((x: Tensor) => sum(mul(through(x), tensor3d(only, [1, n, 2]))))(x);
      const reached = ((await dx.array()) as number[][][])[0]?.map((row) => row.some((each) => each !== 0)) ?? [];
      expect(reached.lastIndexOf(true)).toBeLessThanOrEqual(t);
      dx.dispose();
    }
    x.dispose();
  });

  it('a causal repetition of ragged groups lets no later vector through', async () => {
    const x = draw('x', [1, 8, 2]);
    const through = (x: Tensor): Tensor => repeatUpsampling(meanPooling(x, groups), groups, { causal: true });
    const before = (await through(x).array()) as number[][][];
    for (let t = 0; t < 8; t++) {
      const rows = (await x.array()) as number[][][];
      (rows[0] as number[][])[t] = [50, -50];
      const after = (await through(tensor3d(rows)).array()) as number[][][];
      expect(after[0]?.slice(0, t)).toEqual(before[0]?.slice(0, t));
    }
    x.dispose();
  });

  it('a shift delays vectors and drops the last, whatever its length', async () => {
    const x = draw('x', [2, 3, 2]);
    const rows = (await x.array()) as number[][][];
    const none = [0, 0];
    for (const by of [0, 1, 3, 5]) {
      const shifted = shiftRight(x, by);
      expect(await shifted.array()).toEqual(rows.map((row) => [none, none, none, none, none].slice(0, by).concat(row).slice(0, 3)));
      shifted.dispose();
    }
    expect(await leaked(() => [shiftRight(x, 0), shiftRight(x, 2), repeatUpsampling(x, groupsFromBoundaries([0, 1, 2, 9]))])).toEqual({
      tensors: 0,
      buffers: 0,
    });
    x.dispose();
  });
});

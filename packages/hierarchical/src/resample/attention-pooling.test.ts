import { ConfigError } from '@longspan/core-tensor/error';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, slice, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { groupsFromBoundaries } from '../groups/groups.ts';
import { attentionPooling } from './attention-pooling.ts';
import { attentionUpsampling } from './attention-upsampling.ts';

const sizes = [3, 1, 5, 2];
const groups = groupsFromBoundaries([0, 3, 4, 9, 11]);
const close = { atol: 1e-5, rtol: 1e-4 };

/** x with member `at` of the first batch entry put far away. */
async function changed(x: Tensor, at: number): Promise<Tensor> {
  const rows = (await x.array()) as number[][][];
  (rows[0] as number[][])[at] = (rows[0]?.[at] ?? []).map((value, feature) => value + 3 + feature);
  return tensor3d(rows);
}

/** Which vectors of the first batch entry differ. */
async function differing(one: Tensor, other: Tensor): Promise<number[]> {
  const [a, b] = [(await one.array()) as number[][][], (await other.array()) as number[][][]];
  return (a[0] as number[][]).flatMap((row, at) =>
    row.some((value, feature) => Math.abs(value - (b[0]?.[at]?.[feature] as number)) > 1e-6) ? [at] : [],
  );
}

onBackends('attention between levels', () => {
  it('a group pools the same alone as among others', async () => {
    const layer = attentionPooling({ width: 6, heads: 2 });
    const parameters = lively(layer.init);
    const x = draw('x', [2, 11, 6]);
    const together = layer.apply(parameters, x, { groups });
    const alone = sizes.map((size, group) =>
      layer.apply(parameters, slice(x, [0, groups.offsets[group] as number, 0], [2, size, 6]), {
        groups: groupsFromBoundaries([0, size]),
      }),
    );
    const joined = concat(alone, 1);
    expectClose(await together.data(), await joined.data(), close);
    dispose([Object.values(parameters), x, together, alone, joined]);
  });

  it('a group attends to as many neighbours as configured, and to no group after it', async () => {
    const layer = attentionPooling({ width: 6, heads: 2, before: 1 });
    const parameters = lively(layer.init);
    const x = draw('x', [1, 11, 6]);
    const before = layer.apply(parameters, x, { groups });
    const expected = [[0, 1], [0, 1], [0, 1], [1, 2], [2, 3], [2, 3], [2, 3], [2, 3], [2, 3], [3], [3]];
    for (const [member, attended] of expected.entries()) {
      const after = layer.apply(parameters, await changed(x, member), { groups });
      expect(await differing(before, after)).toEqual(attended);
    }
    dispose([Object.values(parameters), x, before]);
  });

  it('a causal member depends on complete groups only, on itself, and on nothing after it', async () => {
    const layer = attentionUpsampling({ width: 6, heads: 2, before: 1, causal: true });
    const parameters = lively(layer.init);
    const [y, members] = [draw('y', [1, 4, 6]), draw('members', [1, 11, 6])];
    const before = layer.apply(parameters, y, { members, groups });
    const attended = [
      [2, 3, 4, 5, 6, 7], // group 0 ends with member 2; two groups are attended to at a time
      [3, 4, 5, 6, 7, 8, 9],
      [8, 9, 10],
      [10],
    ];
    for (const [group, expected] of attended.entries()) {
      const after = layer.apply(parameters, await changed(y, group), { members, groups });
      expect(await differing(before, after)).toEqual(expected);
    }
    for (let member = 0; member < 11; member++) {
      const after = layer.apply(parameters, y, { members: await changed(members, member), groups });
      expect(await differing(before, after)).toEqual([member]);
    }
    dispose([Object.values(parameters), y, members, before]);
  });

  it('both have the gradients of their inputs and parameters', async () => {
    const [down, up] = [
      attentionPooling({ width: 4, heads: 2, before: 1, after: 1 }),
      attentionUpsampling({ width: 4, heads: 2, after: 1 }),
    ];
    // The bias of the keys shifts all scores of a query alike: its gradient is 0.
    const without = (all: Readonly<Record<string, Tensor>>) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !name.endsWith('key.bias')));
    const [ofDown, ofUp] = [lively(down.init), lively(up.init)];
    const hidden = draw('hidden', [2, 11, 4]);
    await expectGradients(({ hidden, ...rest }) => down.apply({ ...ofDown, ...rest }, hidden as Tensor, { groups }), {
      ...without(ofDown),
      hidden,
    });
    await expectGradients(
      ({ y, members, ...rest }) => up.apply({ ...ofUp, ...rest }, y as Tensor, { members: members as Tensor, groups }),
      { ...without(ofUp), y: draw('y', [2, 4, 4]), members: hidden },
    );
    dispose([Object.values(ofDown), Object.values(ofUp), hidden]);
  });
});

it('a width that is not a multiple of heads, and a causal layer that attends ahead, are rejected', () => {
  expect(() => attentionPooling({ width: 6, heads: 4 })).toThrow(ConfigError);
  expect(() => attentionUpsampling({ width: 6, heads: 2, causal: true, after: 1 })).toThrow(
    new ConfigError({
      caller: 'attentionUpsampling',
      problem: 'a causal layer must read only groups up to that of the member.',
      expected: 'after 0, or causal false',
      got: 'causal true, after 1',
      remedy: 'leave after out.',
    }),
  );
});

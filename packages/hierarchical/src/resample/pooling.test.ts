import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { definedLayer, expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, grad, grads, mul, sum, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { groupsFromBoundaries, uniformGroups } from '../groups/groups.ts';
import { linearPooling } from './linear-resampling.ts';
import { maxPooling, meanPooling } from './pooling.ts';

const close = { atol: 1e-5, rtol: 1e-5 };

/** Any groups, some of them empty; at least one has a member. */
const anyGroups = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 })
  .filter((sizes) => sizes.some((size) => size > 0))
  .map((sizes) => {
    let end = 0;
    return groupsFromBoundaries([0, ...sizes.map((size) => (end += size))]);
  });

onBackends('pooling', () => {
  it('ragged means and maxima equal those taken member by member', async () => {
    await fc.assert(
      fc.asyncProperty(anyGroups, fc.integer({ min: 0, max: 1000 }), async (groups, seed) => {
        const x = draw(`x ${seed}`, [2, groups.length, 3]);
        const [means, maxima] = [meanPooling(x, groups), maxPooling(x, groups)];
        const by = (pool: (x: Tensor, groups: reference.Boundaries) => Tensor): Promise<Float32Array> =>
          definedLayer({}, [x], (_, x) => pool(x as Tensor, groups.offsets));
        expectClose(await means.data(), await by(reference.meanPooling), close);
        expectClose(await maxima.data(), await by(reference.maxPooling), { atol: 0, rtol: 0 });
        dispose([x, means, maxima]);
      }),
      { numRuns: 40 },
    );
  });

  it('gradients of mean and maximum follow random cotangents', async () => {
    const groups = groupsFromBoundaries([0, 1, 4, 4, 11]);
    const x = draw('x', [2, 11, 3]);
    await expectGradients(({ x }) => meanPooling(x as Tensor, groups), { x });
    // Small steps: no other member may become the largest on the way.
    await expectGradients(({ x }) => maxPooling(x as Tensor, groups), { x }, { step: 1e-3 });
    x.dispose();
  });

  it('the gradient is divided evenly among members that tie for the maximum', async () => {
    const x = tensor3d([1, 5, 5, 2], [1, 4, 1]);
    const dx = grad((x: Tensor) => sum(mul(maxPooling(x, groupsFromBoundaries([0, 3, 4])), tensor3d([6, 7], [1, 2, 1]))))(x);
    expect(Array.from(await dx.data())).toEqual([0, 3, 3, 7]);
    dispose([x, dx]);
  });

  it('linear pooling reads the members side by side, zeros where a group is short', async () => {
    const layer = linearPooling({ width: 2, members: 3 });
    const parameters = lively(layer.init);
    const x = draw('x', [2, 8, 2]);
    const groups = groupsFromBoundaries([0, 1, 1, 4, 6, 8]);
    const out = layer.apply(parameters, x, { groups });
    const expected = await definedLayer(parameters, [x], (weights, x) =>
      reference.linearPooling(weights, x as Tensor, { groups: groups.offsets, size: 3 }),
    );
    expectClose(await out.data(), expected, close);
    dispose([x, out, Object.values(parameters)]);
  });

  it('linear pooling has gradients for its input and parameters', async () => {
    const layer = linearPooling({ width: 2, members: 3 });
    const parameters = lively(layer.init);
    const groups = groupsFromBoundaries([0, 1, 4, 6]);
    await expectGradients(({ x, ...rest }) => layer.apply(rest, x as Tensor, { groups }), {
      ...parameters,
      x: draw('x', [1, 6, 2]),
    });
  });

  it('leaks nothing, forward, backward and when it throws', async () => {
    const groups = uniformGroups({ length: 7, factor: 3 });
    const x = draw('x', [1, 7, 2]);
    const layer = linearPooling({ width: 2, members: 3 });
    const parameters = lively(layer.init);
    const all = (x: Tensor): Tensor => sum(mul(mul(meanPooling(x, groups), maxPooling(x, groups)), layer.apply(parameters, x, { groups })));
    expect(await leaked(() => grads(all)([x]))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => meanPooling(x, uniformGroups({ length: 6, factor: 3 })))).toEqual({ tensors: 0, buffers: 0 });
    dispose([x, Object.values(parameters)]);
  });
});

it('a sequence of another length is rejected', () => {
  const x = draw('x', [1, 7, 2]);
  expect(() => maxPooling(x, uniformGroups({ length: 6, factor: 3 }))).toThrow(
    new ShapeError({
      caller: 'maxPooling',
      problem: 'x must have one vector for each of the members.',
      expected: '[b, 6, c]  (set by groups)',
      got: '[1, 7, 2]',
      remedy: 'make groups for this sequence, or check x.',
    }),
  );
  const layer = linearPooling({ width: 2, members: 3 });
  const parameters = lively(layer.init);
  expect(() => layer.apply(parameters, x, { groups: groupsFromBoundaries([0, 7]) })).toThrow(ConfigError);
  dispose([x, Object.values(parameters)]);
});

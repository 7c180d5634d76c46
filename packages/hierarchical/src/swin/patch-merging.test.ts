import { createKey } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { definedLayer, expectClose, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { patchMerging } from './patch-merging.ts';
import { swinStages } from './swin-stages.ts';

onBackends('patchMerging', () => {
  it('joins the corners of each patch in the order of the reference, with zeros beyond odd sides', async () => {
    const layer = patchMerging({ width: 2 });
    const parameters = lively(layer.init);
    const grid = { height: 3, width: 5 };
    const x = draw('x', [2, 15, 2]);
    const merged = layer.apply(parameters, x, { grid });
    const expected = await definedLayer(parameters, [x], (weights, x) => reference.patchMerging(weights, x as Tensor, grid));
    expect(merged.shape).toEqual([2, 6, 4]);
    expectClose(await merged.data(), expected, { atol: 1e-5, rtol: 1e-4 });
    await expectGradients(({ x, ...rest }) => layer.apply(rest, x as Tensor, { grid }), { ...parameters, x });
    dispose([x, merged, Object.values(parameters)]);
  });
});

it('an image of another size, and lists for other stages, are rejected', () => {
  const layer = patchMerging({ width: 2 });
  const parameters = layer.init(createKey(0));
  const hidden = draw('x', [1, 14, 2]);
  expect(() => layer.apply(parameters, hidden, { grid: { height: 3, width: 5 } })).toThrow(
    new ShapeError({
      caller: 'patchMerging',
      problem: 'x must have one token for each cell of context.grid.',
      expected: '15 tokens (height 3 · width 5)',
      got: '14 tokens ([1, 14, 2])',
      remedy: 'give the tokens of the whole image, row by row, or correct grid.',
    }),
  );
  expect(() => swinStages({ width: 4, windowSide: 2, depths: [1, 1], heads: [1] })).toThrow(ConfigError);
  dispose([hidden, Object.values(parameters)]);
});

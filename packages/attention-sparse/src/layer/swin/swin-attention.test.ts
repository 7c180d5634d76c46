import { ConfigError, createKey, normal, type Parameters, ShapeError } from '@longspan/core-tensor';
import { definedLayer, expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, grads, sum, type Tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type GridContext, swinAttention } from './swin-attention.ts';

const names = ['query', 'key', 'value'];
const close = { atol: 2e-5, rtol: 1e-4 };

const lively = (width: number, heads: number, window: number): Parameters => ({
  ...Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, normal(createKey(`${name} weight`), [width, width], { standardDeviation: 0.6 })],
      [`${name}.bias`, normal(createKey(`${name} bias`), [width])],
    ]),
  ),
  relative_position_bias_table: normal(createKey('table'), [(2 * window - 1) ** 2, heads]),
});

onBackends('swinAttention', () => {
  it.each([
    { label: 'no shift is attention within each window', height: 6, width: 9, window: 3, shift: 0, side: 3 },
    { label: 'a shift moves the windows down and to the right', height: 8, width: 12, window: 4, shift: 1, side: 4 },
    { label: 'padding at the bottom and right is seen as tokens of zeros', height: 7, width: 5, window: 3, shift: 1, side: 3 },
    {
      label: 'an image smaller than a window is one window, by the middle of the table',
      height: 3,
      width: 3,
      window: 5,
      shift: 2,
      side: 3,
    },
    {
      label: 'an image with one side below the window is cut along the other, unshifted',
      height: 2,
      width: 7,
      window: 4,
      shift: 2,
      side: 2,
    },
    { label: 'a single token', height: 1, width: 1, window: 2, shift: 1, side: 1 },
  ])('$label', async ({ height, width, window, shift, side }) => {
    const parameters = lively(6, 2, window);
    const hidden = normal(createKey('image'), [2, height * width, 6]);
    const out = swinAttention({ width: 6, heads: 2, windowSide: window, shift }).apply(parameters, hidden, { grid: { height, width } });
    const sizes = { grid: { height, width }, heads: 2, window, side, shift: side === window ? shift : 0 };
    const expected = await definedLayer(parameters, [hidden], (weights, x) => reference.swinAttention(weights, x as Tensor, sizes));
    expectClose(await out.data(), expected, close);
    dispose([parameters, hidden, out]);
  });

  it('ignores the relative_position_index of a checkpoint', async () => {
    const parameters = lively(4, 2, 2);
    const layer = swinAttention({ width: 4, heads: 2, windowSide: 2 });
    const [x, context] = [normal(createKey(1), [1, 8, 4]), { grid: { height: 2, width: 4 } }];
    const index = tensor2d(new Int32Array(16), [4, 4], 'int32');
    expect(await layer.apply({ ...parameters, relative_position_index: index }, x, context).data()).toEqual(
      await layer.apply(parameters, x, context).data(),
    );
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const parameters = lively(4, 2, 3);
    const [layer, hidden, grid] = [
      swinAttention({ width: 4, heads: 2, windowSide: 3, shift: 1 }),
      normal(createKey(1), [2, 20, 4]),
      { height: 4, width: 5 },
    ];
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, hidden, { grid }))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply(parameters, x, { grid })))([hidden]))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply({}, x, { grid })))([hidden]))).toEqual(none);
  });
});

describe('swinAttention', () => {
  it('refuses a grid that is not the image', () => {
    const layer = swinAttention({ width: 4, heads: 2, windowSide: 2 });
    expect(() => layer.apply(layer.init(createKey(0)), zeros([2, 9, 4]), { grid: { height: 2, width: 5 } })).toThrow(
      new ShapeError({
        caller: 'swinAttention',
        problem: 'x must have one token for each cell of context.grid.',
        expected: '10 tokens (height 2 · width 5)',
        got: '9 tokens ([2, 9, 4])',
        remedy: 'give the tokens of the whole image, row by row, or correct grid.',
      }),
    );
  });

  it('asks for the grid, and refuses other names of the context', () => {
    const layer = swinAttention({ width: 4, heads: 2, windowSide: 2 });
    const run = (context: object) => layer.apply(layer.init(createKey(0)), zeros([1, 4, 4]), context as GridContext);
    expect(() => run({})).toThrow('the context must hold grid.');
    expect(() => run({ gird: { height: 2, width: 2 } })).toThrow('did you mean grid?');
  });

  it('refuses a shift of a whole window', () => {
    expect(() => swinAttention({ width: 4, heads: 2, windowSide: 4, shift: 4 })).toThrow(
      new ConfigError({
        caller: 'swinAttention',
        problem: 'shift must be less than windowSide.',
        expected: 'from 0 to 3 tokens (windowSide 4)',
        got: '4',
        remedy: 'use 2, half a window, in every second layer.',
      }),
    );
  });

  it('without bias has no bias parameters', () => {
    const parameters = swinAttention({ width: 4, heads: 2, windowSide: 2, bias: false }).init(createKey(0));
    expect(Object.keys(parameters).sort()).toEqual(['key.weight', 'query.weight', 'relative_position_bias_table', 'value.weight']);
  });
});

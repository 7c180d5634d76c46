import {
  chain,
  createKey,
  type Layer,
  type LayerState,
  normal,
  type Parameters,
  padding,
  residual,
  type StatefulResult,
} from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { concat, grads, mul, slice, sum, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  blockDiagonal,
  causal,
  dilatedWindow,
  everything,
  fixed,
  globalTokens,
  keysAt,
  type Mask,
  perHead,
  slidingWindow,
  strided,
} from '../../mask/index.ts';
import type { MultiHeadAttentionConfig, SelfAttentionContext } from './config.ts';
import { keptBefore } from './kept-tokens.ts';
import { multiHeadAttention } from './multi-head.ts';

const close = { atol: 2e-5, rtol: 1e-4 };
const [width, heads, batch, length] = [12, 6, 2, 23];
const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
const lively = ({ spec }: Pick<Layer, 'spec'>): Parameters =>
  Object.fromEntries(Object.entries(spec).map(([name, { shape }]) => [name, normal(createKey(name), shape, { standardDeviation: 0.5 })]));

const window = slidingWindow({ left: 4, right: 0 });
const withGlobals = window.or(globalTokens([0, 3])).and(causal());

const variants: readonly { name: string; kept: number; config: Partial<MultiHeadAttentionConfig> & { mask: Mask } }[] = [
  { name: 'causal', kept: length, config: { mask: causal() } },
  { name: 'a window', kept: 4, config: { mask: window, blockSize: 4 } },
  { name: 'a window and globals, grouped heads', kept: 6, config: { mask: withGlobals, keyHeads: 2, blockSize: 4 } },
  { name: 'a window and globals, rotary', kept: 6, config: { mask: withGlobals, rotary: { style: 'half' } } },
  { name: 'a window and globals, ALiBi', kept: 6, config: { mask: withGlobals, alibi: true } },
  {
    name: "a window and globals, T5's bias",
    kept: 6,
    config: { mask: withGlobals, relativeBias: { buckets: 8, maxDistance: 16, bidirectional: false } },
  },
  { name: 'gaps', kept: 9, config: { mask: dilatedWindow({ left: 3, right: 0, dilation: 3 }) } },
  { name: 'stretches with summaries', kept: 4 * 1 + 3, config: { mask: fixed({ stride: 5, summary: 1 }) } },
  { name: 'strides', kept: length, config: { mask: strided({ stride: 4 }) } },
  {
    name: 'another window for each head',
    kept: 4,
    config: { mask: perHead([1, 2, 4, 1, 2, 4].map((left) => slidingWindow({ left, right: 0 }))) },
  },
  { name: 'no token before', kept: 0, config: { mask: slidingWindow({ left: 0, right: 0 }) } },
];

/** The rows of calls over a few tokens each, one after the other. */
function inSteps(layer: Layer<SelfAttentionContext, StatefulResult>, parameters: Parameters, x: Tensor, steps: readonly number[]) {
  let state: LayerState = {};
  let first = 0;
  const rows = steps.map((count) => {
    const result = layer.apply(parameters, slice(x, [0, first, 0], [-1, count, -1]), { state });
    state = result.state;
    first += count;
    return result.hidden;
  });
  return { hidden: concat(rows, 1), state };
}

onBackends('a key-value cache', () => {
  it.each(variants)('gives token by token, and in uneven steps, what one call gives: $name', async ({ config, kept }) => {
    const layer = multiHeadAttention({ width, heads, blockSize: 8, ...config, cross: false, cache: true });
    const plain = multiHeadAttention({ width, heads, blockSize: 8, ...config, cross: false, cache: false });
    const [parameters, x] = [lively(layer), draw('x', [batch, length, width])];
    const whole = await plain.apply(parameters, x).data();
    for (const steps of [Array.from({ length }, () => 1), [5, 1, 9, 1, 7], [length]]) {
      const { hidden, state } = inSteps(layer, parameters, x, steps);
      expectClose(await hidden.data(), whole, close, `steps of ${steps}`);
      expect(state.position).toBe(length);
      expect((state.keys as Tensor | undefined)?.shape[2] ?? 0).toBe(kept);
    }
  });

  it('keeps to the padding of all tokens so far', async () => {
    const config = { width, heads, mask: withGlobals } as const;
    const layer = multiHeadAttention({ ...config, cache: true });
    const [parameters, x] = [lively(layer), draw('x', [batch, length, width])];
    const marks = [0, 1].map((row) => Array.from({ length }, (_, at) => (row === 0 && at < 4 ? 0 : 1)));
    const upTo = (end: number) => padding(marks.map((row) => row.slice(0, end)));
    const whole = multiHeadAttention(config).apply(parameters, x, { padding: upTo(length) });
    const one = layer.apply(parameters, slice(x, [0, 0, 0], [-1, 15, -1]), { padding: upTo(15) });
    const two = layer.apply(parameters, slice(x, [0, 15, 0]), { padding: upTo(length), state: one.state });
    expectClose(await concat([one.hidden, two.hidden], 1).data(), await whole.data(), close);
  });

  it('stands in a chain of residual sums, whose state is keyed by the parts', async () => {
    const layers = chain({
      first: residual(multiHeadAttention({ width, heads, mask: window, cache: true })),
      second: residual(multiHeadAttention({ width, heads, mask: causal(), cache: true })),
    });
    const plain = chain({
      first: residual(multiHeadAttention({ width, heads, mask: window })),
      second: residual(multiHeadAttention({ width, heads, mask: causal() })),
    });
    const [parameters, x] = [lively(layers), draw('x', [batch, length, width])];
    const { hidden, state } = inSteps(layers, parameters, x, [3, 1, 1, 12, 6]);
    expectClose(await hidden.data(), await plain.apply(parameters, x).data(), close);
    expect(Object.keys(state).sort()).toEqual(
      ['first', 'second'].flatMap((name) => [`${name}.keys`, `${name}.position`, `${name}.values`]),
    );
  });

  it('of cross attention makes the keys of the encoder once', async () => {
    const layer = multiHeadAttention({ width, heads, keyWidth: 5, cross: true, cache: true });
    const [parameters, x, hidden] = [lively(layer), draw('x', [batch, 4, width]), draw('states', [batch, 7, 5])];
    const one = layer.apply(parameters, x, { encoder: { hidden } });
    // The states of another encoder are not looked at again.
    const two = layer.apply(parameters, x, { encoder: { hidden: mul(hidden, 100) }, state: one.state });
    expectClose(await two.hidden.data(), await one.hidden.data(), close);
    expect((two.state.keys as Tensor).shape).toEqual([batch, heads, 7, 2]);
    expect(two.state.keys).not.toBe(one.state.keys);
  });

  it('hands gradients on to the steps before', async () => {
    const layer = multiHeadAttention({ width, heads, mask: window, cache: true });
    const plain = multiHeadAttention({ width, heads, mask: window });
    const [parameters, x, cotangent] = [lively(layer), draw('x', [batch, length, width]), draw('cotangent', [batch, length, width])];
    const [found] = grads((y: Tensor) => sum(mul(inSteps(layer, parameters, y, [9, 1, 13]).hidden, cotangent)))([x]);
    const [expected] = grads((y: Tensor) => sum(mul(plain.apply(parameters, y), cotangent)))([x]);
    expectClose(await (found as Tensor).data(), await (expected as Tensor).data(), close);
  });

  it('leaves no tensor behind', async () => {
    const layer = multiHeadAttention({ width, heads, mask: withGlobals, alibi: true, cache: true });
    const [parameters, x] = [lively(layer), draw('x', [batch, length, width])];
    const { state } = layer.apply(parameters, x);
    const run = () => {
      const result = layer.apply(parameters, slice(x, [0, 0, 0], [-1, 1, -1]), { state });
      return { hidden: result.hidden, keys: result.state.keys as Tensor, values: result.state.values as Tensor };
    };
    expect(await leaked(run)).toEqual({ tensors: 1, buffers: 1 }); // the slice
  });

  it('refuses a mask by which a later token would change an earlier row, another position, and the state of something else', () => {
    const of = (mask: Mask) => multiHeadAttention({ width, heads, mask, cache: true });
    const [parameters, x] = [lively(of(window)), draw('x', [batch, 3, width])];
    expect(() => of(everything()).apply(parameters, x)).toThrow('must be causal: no token may attend to a later one.');
    expect(() => of(window.or(globalTokens([0]))).apply(parameters, x)).toThrow('add .and(causal()).');
    expect(() => of(window).apply(parameters, x, { position: 2 })).toThrow('context.position must be where the cache ends.');
    const { state } = of(window).apply(parameters, x);
    expect(() => of(window).apply(parameters, x, { state: { ...state, position: 2 } })).toThrow('[2, 6, 2, 2]  (position 2)');
    const other = slice(x, [0, 0, 0], [1, -1, -1]);
    expect(() => of(window).apply(parameters, other, { state })).toThrow('state.keys must be what this layer kept');
  });
});

describe('keptBefore', () => {
  it('lists what later queries may see, and no more', () => {
    expect(keptBefore(causal(), 100)).toEqual([{ start: 0, end: 100 }]);
    expect(keptBefore(window, 100)).toEqual([{ start: 96, end: 100 }]);
    expect(keptBefore(withGlobals, 100)).toEqual([
      { start: 0, end: 1 },
      { start: 3, end: 4 },
      { start: 96, end: 100 },
    ]);
    expect(keptBefore(blockDiagonal({ blockSize: 8 }).and(causal()), 100)).toEqual([{ start: 96, end: 100 }]);
    expect(keptBefore(keysAt([7]).or(window), 3)).toEqual([{ start: 0, end: 3 }]);
    expect(keptBefore(slidingWindow({ left: 0, right: 0 }), 3)).toEqual([]);
    expect(keptBefore(window, 0)).toEqual([]);
  });
});

onBackends('a state that is none', () => {
  it.each([
    ['position', 0.5, 'state.position must be an integer from 0 to 1073741824.'],
    ['position', 2 ** 53 - 1, 'state.position must be an integer from 0 to 1073741824.'],
    ['keys', 0, 'state.keys must be a tensor.'],
    ['values', 5, 'state.values must be a tensor.'],
  ])('%s: %o is told so', (name, value, message) => {
    const layer = multiHeadAttention({ width: 4, heads: 2, mask: withGlobals, cache: true });
    const parameters = lively(layer);
    const { state } = layer.apply(parameters, draw('x', [1, 5, 4])) as StatefulResult;
    const wrong = { ...state, [name]: value } as LayerState;
    expect(() => layer.apply(parameters, draw('next', [1, 1, 4]), { state: wrong })).toThrow(`multiHeadAttention: ${message}`);
  });
});

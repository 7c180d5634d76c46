import { createKey, normal, type Parameters } from '@longspan/core-tensor';
import { answers, definition, expectClose, leaked, numbersOf, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import {
  add,
  dispose,
  grads,
  mul,
  reshape,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tensor3d,
  tidy,
  train,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { cost } from '../analysis/cost.ts';
import { type AdaptiveSpanConfig, adaptiveSpanAttention } from './adaptive-span.ts';

const [b, h, hkv, nq, nk, d, dv] = [2, 4, 2, 13, 19, 6, 5] as const;
const [maxSpan, ramp] = [12, 4];
const shares = [0.055, 0.31, 0.713, 0.98]; // of maxSpan; none ends at a whole token, where the ramp has a kink

const drawn = (): [Tensor, Tensor, Tensor] => [
  normal(createKey('q'), [b, h, nq, d]),
  normal(createKey('k'), [b, hkv, nk, d]),
  normal(createKey('v'), [b, hkv, nk, dv]),
];
const numbers = async (): Promise<Record<string, reference.Numbers>> => {
  const [q, k, v] = await Promise.all(drawn().map(numbersOf));
  return { shares: { shape: [h], values: Float32Array.from(shares) }, q: q!, k: k!, v: v! };
};
/** The paper's formula, with what it gives for every input. */
const defined = async (causal: boolean): Promise<Record<string, Float32Array>> =>
  definition(await numbers(), ([shares, q, k, v]) => {
    const { out } = reference.adaptiveSpanAttention(q!, k!, v!, { spans: mul(shares!, maxSpan), maxSpan, ramp, causal });
    return { out };
  });
const asParameters = (values: readonly number[]): Parameters => ({ current_val: tensor3d([...values], [values.length, 1, 1]) });

onBackends('adaptiveSpanAttention', () => {
  it.each([true, false])('weighs keys by the ramp as the paper does, wide or narrowed to its spans, causal %s', async (causal) => {
    const layer = adaptiveSpanAttention({ heads: h, maxSpan, ramp, causal, blockSize: 4 });
    const [query, key, value] = drawn();
    const parameters = asParameters(shares);
    const { out: expected } = await defined(causal);
    const spans = await layer.spans(parameters);
    for (const narrowed of [{}, { spans }]) {
      const out = layer.apply(parameters, { query, key, value, ...narrowed });
      expectClose(await out.data(), expected!, { atol: 2e-6, rtol: 2e-5 });
    }
  });

  it.each([true, false])('has the gradients of its spans, queries, keys and values that the formula has, narrowed %s', async (isNarrow) => {
    const layer = adaptiveSpanAttention({ heads: h, maxSpan, ramp, blockSize: 4 });
    const spans = isNarrow ? { spans: await layer.spans(asParameters(shares)) } : {};
    const expected = await defined(true);
    const found = await answers(await numbers(), ([shares, query, key, value]) => ({
      out: layer.apply({ current_val: reshape(shares!, [h, 1, 1]) }, { query: query!, key: key!, value: value!, ...spans }),
    }));
    expect(Math.min(...expected['gradient of shares']!.map(Math.abs))).toBeGreaterThan(0.01);
    for (const name of ['shares', 'q', 'k', 'v']) {
      expectClose(found[`gradient of ${name}`]!, expected[`gradient of ${name}`]!, { atol: 1e-4, rtol: 1e-4 }, name);
    }
  });

  it('learns from long spans the short ones that its task needs: loss and cost fall', {
    timeout: 60_000,
  }, async () => {
    const [heads, n] = [2, 128];
    const needed = [5, 20]; // what the target was made with
    const config: AdaptiveSpanConfig = { heads, maxSpan: 128, ramp: 16, initialSpan: 64, penalty: 1e-4, blockSize: 16 };
    const layer = adaptiveSpanAttention(config);
    const value = normal(createKey('value'), [1, heads, n, 4]);
    const even = zeros([1, heads, n, 4]);
    const target = layer.apply(asParameters(needed.map((span) => span / 128)), { query: even, key: even, value });
    const initial = layer.init(createKey(0));
    const current = variable(initial['current_val'] as Tensor, true, 'current_val');
    const parameters = { current_val: current };
    const optimizer = train.adam(0.03);
    let spans = await layer.spans(parameters);
    const [first, blocks] = [spans, cost(layer.mask(spans), n, { blockSize: 16 }).visitedBlocks];
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      if (step % 5 === 0) spans = await layer.spans(parameters);
      const narrowed = spans;
      const { value: loss, grads: gradients } = variableGrads(() => {
        const error = sub(layer.apply(parameters, { query: even, key: even, value, spans: narrowed }), target);
        return add(mul(sum(square(error)), 1 / error.size), layer.penalty(parameters)) as Scalar;
      });
      optimizer.applyGradients(Object.entries(gradients).map(([name, each]) => ({ name, tensor: each })));
      tidy(() => current.assign(layer.clamped(parameters)['current_val'] as Tensor));
      losses.push((await loss.data())[0] as number);
      dispose([loss, gradients]);
    }
    const learned = await layer.spans(parameters);
    expect(first).toEqual([64, 64]);
    for (const [head, span] of learned.entries()) expect(Math.abs(span - needed[head]!)).toBeLessThan(3);

    expect(losses[0]).toBeGreaterThan(0.025);
    expect(losses.at(-1)).toBeLessThan(0.004);
    expect(cost(layer.mask(learned), n, { blockSize: 16 }).visitedBlocks).toBeLessThan(0.75 * blocks);
    dispose([current, initial, target, value, even]);
    optimizer.dispose();
  });

  it('charges the mean span in tokens, and clamps to nothing and to the longest', async () => {
    const layer = adaptiveSpanAttention({ heads: 2, maxSpan: 50, penalty: 0.01, initialSpan: 30 });
    expectClose(await (layer.init(createKey(0))['current_val'] as Tensor).data(), [0.6, 0.6], { atol: 1e-7, rtol: 0 });
    expectClose(await layer.penalty(asParameters([0.2, 1])).data(), [0.01 * 30], { atol: 1e-7, rtol: 0 });
    const outside = asParameters([-0.2, 1.3]);
    expect([...(await (layer.clamped(outside)['current_val'] as Tensor).data())]).toEqual([0, 1]);
    expect(await layer.spans(outside)).toEqual([0, 50]);
  });

  it('leaves no tensor behind, forward, backward and where it refuses', async () => {
    const layer = adaptiveSpanAttention({ heads: h, maxSpan, ramp, blockSize: 4 });
    const [query, key, value] = drawn();
    const parameters = asParameters(shares);
    const inputs = { query, key, value };
    const nothing = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, inputs))).toEqual(nothing);
    const loss = (current_val: Tensor) => add(sum(layer.apply({ current_val }, inputs)), layer.penalty({ current_val }));
    expect(await leaked(() => grads(loss)([parameters['current_val'] as Tensor]))).toEqual(nothing);
    expect(await leaked(() => layer.apply({}, inputs))).toEqual(nothing);
  });
});

it('the layout gets cheaper as the spans shrink, and never sees beyond the longest', () => {
  const layer = adaptiveSpanAttention({ heads: 2, maxSpan: 1000, ramp: 32, blockSize: 64 });
  const blocks = (spans?: readonly number[]) => cost(layer.mask(spans), 4096, spans === undefined ? { heads: 2 } : {}).visitedBlocks;
  const perSpan = [0, 33, 100, 500, 1000].map((span) => blocks([span, span]));
  expect(perSpan).toEqual([...perSpan].sort((a, c) => a - c));
  expect(perSpan[0]).toBe(2 * (64 + 63)); // 31 tokens back: its own block and the one before
  expect(perSpan[1]).toBe(perSpan[0]); // 64 tokens back
  expect(perSpan.at(-1)).toBe(blocks());
  expect(layer.mask([0, 5000]).select({ head: 1 }).name).toBe('slidingWindow({ left: 1000, right: 0 })');
});

it.each([
  [{ heads: 0, maxSpan: 4 }, 'heads must be an integer of at least 1.'],
  [
    { heads: 1, maxSpan: 4, initialSpan: 5 },
    'adaptiveSpanAttention: initialSpan is not a span.\n  expected  a number of tokens from 0 to 4 (maxSpan)\n  got       5\n  remedy    start short: 0 is usual.',
  ],
  [{ heads: 1, maxSpan: 4, penalty: -1 }, 'penalty is not a price.'],
])('refuses %j', (config, words) => {
  expect(() => adaptiveSpanAttention(config)).toThrow(words);
});

it('refuses parameters, spans and queries of another number of heads', () => {
  const layer = adaptiveSpanAttention({ heads: 2, maxSpan: 4 });
  const x = tensor([1, 2], [1, 2, 1, 1]);
  expect(() =>
    layer.apply(asParameters([0.5]), { query: x, key: x, value: x }),
  ).toThrow(`adaptiveSpanAttention: current_val is not of this layer's size.
  expected  [2, 1, 1]  (heads, as in the authors' checkpoints)
  got       [1, 1, 1]
  remedy    load the parameters of a layer with as many heads.`);
  expect(() => layer.mask([1])).toThrow('spans are not those of the heads.');
  const one = tensor([1], [1, 1, 1, 1]);
  expect(() => layer.apply(asParameters([0.5, 1]), { query: one, key: one, value: one })).toThrow('query has another number of heads');
});

import {
  applyLinear,
  chain,
  createKey,
  linear,
  mergeHeads,
  normal,
  type Parameters,
  paddingOfLengths,
  residual,
  splitHeads,
} from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { expectClose, leaked, onBackends, onTrainingBackends } from '@longspan/tooling/expect';
import {
  add,
  dispose,
  grads,
  mul,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor3d,
  tidy,
  train,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectSameGradients } from '../../test/same-gradients.ts';
import { cost } from '../analysis/cost.ts';
import { sparseAttention } from '../attention/sparse-attention.ts';
import { causal as causalMask, keyPadding } from '../mask/index.ts';
import { type AdaptiveSpanAttention, type AdaptiveSpanConfig, type AdaptiveSpanContext, adaptiveSpanAttention } from './adaptive-span.ts';

const [b, h, hkv, nq, nk, d, dv, width] = [2, 4, 2, 13, 19, 6, 5, 8] as const;
const [maxSpan, ramp] = [12, 4];
const shares = [0.055, 0.31, 0.713, 0.98]; // of maxSpan; none ends at a whole token, where the ramp has a kink

const drawn = (): [Tensor, Tensor, Tensor] => [
  normal(createKey('q'), [b, h, nq, d]),
  normal(createKey('k'), [b, hkv, nk, d]),
  normal(createKey('v'), [b, hkv, nk, dv]),
];
const asParameters = (values: readonly number[]): Parameters => ({ current_val: tensor3d([...values], [values.length, 1, 1]) });

interface Inputs {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly spans?: readonly number[];
}

/** What lies between the layer's linear maps, for queries, keys and values of any size. */
const attend = (layer: AdaptiveSpanAttention, parameters: Parameters, { query, key, value, spans }: Inputs, blockSize = 4): Tensor =>
  tidy(() => sparseAttention(query, key, value, { mask: layer.mask(spans), score: [layer.term(parameters)], blockSize }).out);

type Lists = readonly (readonly (readonly (readonly number[])[])[])[];

/** Eq. 3 to 5 of the paper in float64, pair by pair: out as a flat list. */
function byHand(q: Lists, k: Lists, v: Lists, spans: readonly number[], causal: boolean): number[] {
  const [queries, keys] = [q[0]![0]!.length, k[0]![0]!.length];
  return q.flatMap((heads, row) =>
    heads.flatMap((rows, head) => {
      const keyHead = Math.floor((head * k[0]!.length) / heads.length);
      return rows.flatMap((query, at) => {
        const weights = k[row]![keyHead]!.map((key, j) => {
          const distance = at + keys - queries - j;
          if ((causal && distance < 0) || Math.abs(distance) > maxSpan) return 0;
          const share = Math.min(1, Math.max(0, (ramp + spans[head]! - Math.abs(distance)) / ramp));
          return share * Math.exp(query.reduce((total, x, i) => total + x * key[i]!, 0) / Math.sqrt(query.length));
        });
        const total = weights.reduce((all, weight) => all + weight, 0);
        return v[row]![keyHead]![0]!.map((_, feature) =>
          weights.reduce((all, weight, j) => all + (weight / total) * v[row]![keyHead]![j]![feature]!, 0),
        );
      });
    }),
  );
}

const lists = async (tensors: readonly Tensor[]): Promise<[Lists, Lists, Lists]> =>
  (await Promise.all(tensors.map((each) => each.array()))) as unknown[] as [Lists, Lists, Lists];

onBackends('adaptiveSpanAttention', () => {
  it.each([true, false])('weighs keys by the ramp as the paper does, wide or narrowed to its spans, causal %s', async (causal) => {
    const layer = adaptiveSpanAttention({ width, heads: h, maxSpan, ramp, causal, blockSize: 4 });
    const [query, key, value] = drawn();
    const parameters = asParameters(shares);
    const expected = byHand(
      ...(await lists([query, key, value])),
      shares.map((share) => share * maxSpan),
      causal,
    );
    const spans = await layer.spans(parameters);
    for (const narrowed of [{}, { spans }]) {
      const out = attend(layer, parameters, { query, key, value, ...narrowed });
      expectClose(await out.data(), expected, { atol: 2e-6, rtol: 2e-5 });
    }
  });

  it.each([true, false])('has the gradient of its spans that finite differences of the formula have, narrowed %s', async (isNarrow) => {
    const layer = adaptiveSpanAttention({ width, heads: h, maxSpan, ramp, blockSize: 4, causal: true });
    const tensors = drawn();
    const cotangent = normal(createKey('cotangent'), [b, h, nq, dv]);
    const spans = isNarrow ? { spans: await layer.spans(asParameters(shares)) } : {};
    const loss = (current_val: Tensor, query: Tensor, key: Tensor, value: Tensor): Scalar =>
      sum(mul(attend(layer, { current_val }, { query, key, value, ...spans }), cotangent));
    const [found] = grads(loss)([asParameters(shares)['current_val'] as Tensor, ...tensors]) as [Tensor];
    const [q, k, v] = await lists(tensors);
    const weights = await cotangent.data();
    const lossOf = (values: readonly number[]): number =>
      byHand(
        q,
        k,
        v,
        values.map((share) => share * maxSpan),
        true,
      ).reduce((total, x, at) => total + x * weights[at]!, 0);
    const step = 1e-6;
    const expected = shares.map((_, head) => {
      const moved = (by: number) => lossOf(shares.map((share, at) => (at === head ? share + by : share)));
      return (moved(step) - moved(-step)) / (2 * step);
    });
    expect(Math.min(...expected.map(Math.abs))).toBeGreaterThan(0.01);
    expectClose(await found.data(), expected, { atol: 1e-4, rtol: 1e-4 });
  });

  it('charges the mean span in tokens, and clamps to nothing and to the longest', async () => {
    const layer = adaptiveSpanAttention({ width: 2, heads: 2, maxSpan: 50, penalty: 0.01, initialSpan: 30 });
    expectClose(await (layer.init(createKey(0))['current_val'] as Tensor).data(), [0.6, 0.6], { atol: 1e-7, rtol: 0 });
    expectClose(await layer.penalty(asParameters([0.2, 1])).data(), [0.01 * 30], { atol: 1e-7, rtol: 0 });
    const outside = asParameters([-0.2, 1.3]);
    expect([...(await (layer.clamped(outside)['current_val'] as Tensor).data())]).toEqual([0, 1]);
    expect(await layer.spans(outside)).toEqual([0, 50]);
  });

  it('is its linear maps around that, with padding hidden, and recomputed has the same gradients', async () => {
    const layer = adaptiveSpanAttention({ width, heads: h, keyHeads: hkv, maxSpan, ramp, initialSpan: 3.3, blockSize: 4, causal: true });
    const parameters = layer.init(createKey(1));
    const x = normal(createKey('x'), [b, nq, width]);
    const context: AdaptiveSpanContext = { spans: await layer.spans(parameters), padding: paddingOfLengths([nq, 9]) };
    const project = (name: string, y: Tensor) => applyLinear(y, parameters[`${name}.weight`] as Tensor, parameters[`${name}.bias`]);
    const [q, k, v] = [splitHeads(project('query', x), h), splitHeads(project('key', x), hkv), splitHeads(project('value', x), hkv)];
    const { out } = sparseAttention(q, k, v, {
      mask: causalMask().and(keyPadding({ lengths: [nq, 9] })),
      score: [layer.term(parameters)],
    });
    expectClose(await layer.apply(parameters, x, context).data(), await project('output', mergeHeads(out)).data(), {
      atol: 2e-6,
      rtol: 2e-5,
    });
    const model = chain({ attention: residual(layer), end: linear({ inFeatures: width, outFeatures: 2 }) });
    await expectSameGradients(model, recomputedLayer(model), x, context);
  });

  it('leaves no tensor behind, forward, backward and where it refuses', async () => {
    const layer = adaptiveSpanAttention({ width, heads: h, maxSpan, ramp, blockSize: 4 });
    const parameters = layer.init(createKey(1));
    const x = normal(createKey('x'), [b, nq, width]);
    const nothing = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, x))).toEqual(nothing);
    const loss = (current_val: Tensor) => {
      const given = { ...parameters, current_val };
      return add(sum(layer.apply(given, x)), layer.penalty(given));
    };
    expect(await leaked(() => grads(loss)([parameters['current_val'] as Tensor]))).toEqual(nothing);
    expect(await leaked(() => layer.apply({}, x))).toEqual(nothing);
  });
});

onTrainingBackends('adaptiveSpanAttention', () => {
  it('learns from long spans the short ones that its task needs: loss and cost fall', {
    timeout: 60_000,
  }, async () => {
    const [heads, n] = [2, 128];
    const needed = [5, 20]; // what the target was made with
    const config: AdaptiveSpanConfig = {
      width: 8,
      heads,
      maxSpan: 128,
      ramp: 16,
      initialSpan: 64,
      penalty: 1e-4,
      blockSize: 16,
      causal: true,
    };
    const layer = adaptiveSpanAttention(config);
    const value = normal(createKey('value'), [1, heads, n, 4]);
    const even = zeros([1, heads, n, 4]);
    const target = attend(layer, asParameters(needed.map((span) => span / 128)), { query: even, key: even, value }, 16);
    const initial = layer.init(createKey(0));
    const current = variable(initial['current_val'] as Tensor, true, 'current_val');
    const parameters = { current_val: current };
    const optimizer = train.adam(0.03);
    let spans = await layer.spans(parameters);
    const [first, blocks] = [spans, cost(layer.mask(spans), { queryLength: n, blockSize: 16 }).visitedBlocks];
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      if (step % 5 === 0) spans = await layer.spans(parameters);
      const narrowed = spans;
      const { value: loss, grads: gradients } = variableGrads(() => {
        const error = sub(attend(layer, parameters, { query: even, key: even, value, spans: narrowed }, 16), target);
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
    expect(cost(layer.mask(learned), { queryLength: n, blockSize: 16 }).visitedBlocks).toBeLessThan(0.75 * blocks);
    dispose([current, initial, target, value, even]);
    optimizer.dispose();
  });
});

it('the layout gets cheaper as the spans shrink, and never sees beyond the longest', () => {
  const layer = adaptiveSpanAttention({ width: 2, heads: 2, maxSpan: 1000, ramp: 32, blockSize: 64, causal: true });
  const blocks = (spans?: readonly number[]) => cost(layer.mask(spans), { queryLength: 4096, heads: 2 }).visitedBlocks;
  const perSpan = [0, 33, 100, 500, 1000].map((span) => blocks([span, span]));
  expect(perSpan).toEqual([...perSpan].sort((a, c) => a - c));
  expect(perSpan[0]).toBe(2 * (64 + 63)); // 31 tokens back: its own block and the one before
  expect(perSpan[1]).toBe(perSpan[0]); // 64 tokens back
  expect(perSpan.at(-1)).toBe(blocks());
  expect(layer.mask([0, 5000]).select({ head: 1 }).name).toBe('slidingWindow({ left: 1000, right: 0 })');
});

it.each([
  [{ width: 2, heads: 0, maxSpan: 4 }, 'heads must be an integer of at least 1.'],
  [
    { width: 2, heads: 1, maxSpan: 4, initialSpan: 5 },
    'adaptiveSpanAttention: initialSpan must be from 0 to maxSpan.\n  expected  a number of tokens from 0 to 4 (maxSpan)\n  got       5\n  remedy    start short: 0 is usual.',
  ],
  [{ width: 2, heads: 1, maxSpan: 4, penalty: -1 }, 'penalty must be finite and at least 0.'],
])('refuses %j', (config, words) => {
  expect(() => adaptiveSpanAttention(config)).toThrow(words);
});

it('refuses parameters and spans of another number of heads, and other names of the context', () => {
  const layer = adaptiveSpanAttention({ width: 2, heads: 2, maxSpan: 4 });
  const x = zeros([1, 2, 2]);
  const parameters = layer.init(createKey(0));
  const other = { ...parameters, ...asParameters([0.5]) };
  const message = `adaptiveSpanAttention: the parameter current_val must have the shape that the layer was made with.
  expected  [2, 1, 1]
  got       [1, 1, 1]`;
  expect(() => layer.apply(other, x)).toThrow(message);
  expect(() => layer.penalty(other)).toThrow(message);
  expect(() => layer.mask([1])).toThrow('spans must have one number for each head.');
  expect(() => layer.apply(parameters, x, { spans: [1] })).toThrow('spans must have one number for each head.');
  expect(() => layer.apply(parameters, x, { span: [1, 1] } as AdaptiveSpanContext)).toThrow('did you mean spans?');
});

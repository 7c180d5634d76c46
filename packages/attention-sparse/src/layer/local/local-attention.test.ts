import { ConfigError, createKey, type Key, normal, padding, paddingOfLengths, randomUniform } from '@longspan/core-tensor';
import { expectClose, expectGolden, leaked, onBackends, readGolden } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { concat, dispose, grads, mul, slice, sum, type Tensor, tensor4d, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sparseAttention } from '../../attention/sparse-attention.ts';
import { blockWindow } from '../../mask/index.ts';
import { localAttentionAsPublished, type PublishedLocalAttentionOptions } from './as-published.ts';
import { localAttention, localSharedQueryKeyAttention, localXposAttention } from './local-attention.ts';
import { piecesFor, rotated } from './positions.ts';

const cases = [
  'causal',
  'bidirectional_autopad_mask',
  'bidirectional_autopad_leak',
  'exact_bidirectional',
  'exact_causal_autopad',
  'shared_qk',
  'rotary_causal',
  'rotary_bidirectional',
  'xpos_causal',
];

interface GoldenConfig {
  readonly window_size: number;
  readonly causal: boolean;
  readonly look_backward: number;
  readonly look_forward: number | null;
  readonly shared_qk: boolean;
  readonly autopad: boolean;
  readonly exact_windowsize: boolean;
  readonly use_rotary_pos_emb: boolean;
  readonly use_xpos: boolean;
}

function inputs(key: Key, [b, h, n, d, dv]: readonly [number, number, number, number, number]) {
  const [query, k, value] = key.split(3).map((one, at) => normal(one, [b, h, n, at === 2 ? dv : d])) as [Tensor, Tensor, Tensor];
  return { q: query, k, v: value };
}

onBackends('local attention', (backend) => {
  it.each(cases)('equals local-attention, outputs and gradients: %s', async (name) => {
    const golden = await readGolden(`attention/local_${name}`);
    const config = golden.config as object as GoldenConfig;
    const marks = golden.rows('in.mask');
    for (const blockSize of [16, 64]) {
      const options = {
        bucketSize: config.window_size,
        causal: config.causal,
        before: config.look_backward,
        after: config.look_forward ?? undefined,
        exactWindow: config.exact_windowsize,
        autopad: config.autopad,
        sharedQueryKey: config.shared_qk,
        rotary: config.use_rotary_pos_emb,
        xpos: config.use_xpos,
        blockSize,
        padding: marks && padding(marks),
      };
      await expectGolden(golden, 'o', (_, { q, k, v }) => localAttentionAsPublished(q as Tensor, k as Tensor, v as Tensor, options).out);
    }
    dispose(golden.tensors);
  });

  it('with autopad equals local-attention for any options, lengths and key masks', async () => {
    const options = fc.record({
      bucketSize: fc.integer({ min: 2, max: 7 }),
      causal: fc.boolean(),
      before: fc.integer({ min: 0, max: 2 }),
      ahead: fc.integer({ min: 0, max: 2 }),
      exactWindow: fc.boolean(),
      sharedQueryKey: fc.boolean(),
      positions: fc.constantFrom('none', 'rotary', 'xpos'),
      length: fc.integer({ min: 1, max: 40 }),
      shownShare: fc.constantFrom(1, 0.6, 0.1),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ ahead, positions, length, shownShare, seed, ...rest }) => {
        const rotary = positions !== 'none';
        const config = { ...rest, rotary, xpos: positions === 'xpos', after: rest.causal ? 0 : ahead, autopad: true };
        const key = createKey(seed);
        const given = inputs(key, [2, 2, length, 4, 3]);
        const shown = randomUniform(key.fold('mask'), 2 * length);
        const marks =
          shownShare === 1
            ? undefined
            : [0, 1].map((row) => Array.from(shown.slice(row * length, (row + 1) * length), (u) => (u < shownShare ? 1 : 0)));
        const { out } = localAttentionAsPublished(given.q, given.k, given.v, { ...config, padding: marks && padding(marks) });
        const [q, k, v] = (await Promise.all([given.q, given.k, given.v].map((x) => x.array()))) as number[][][][][] as [
          number[][][][],
          number[][][][],
          number[][][][],
        ];
        const expected = q.flatMap((heads, b) =>
          heads.map((_, h) => reference.publishedLocalAttention(config, { q: q[b]![h]!, k: k[b]![h]!, v: v[b]![h]!, mask: marks?.[b] })),
        );
        expectClose(await out.data(), expected.flat(2), { atol: 2e-5, rtol: 1e-4 });
        dispose([given, out]);
      }),
      { numRuns: backend === 'cpu' ? 60 : 25 },
    );
  });

  it('with xpos over many more buckets than its powers reach equals local-attention', async () => {
    const config = { bucketSize: 4, causal: true, rotary: true, xpos: true } as const; // 120 buckets: one segment would need 0.2857^±60
    const given = inputs(createKey('long xpos'), [1, 1, 478, 6, 2]);
    const { out } = localXposAttention(given.q, given.k, given.v, { bucketSize: 4, causal: true });
    const [q, k, v] = (await Promise.all([given.q, given.k, given.v].map((x) => x.array()))) as [
      number[][][][],
      number[][][][],
      number[][][][],
    ];
    expectClose(await out.data(), reference.publishedLocalAttention(config, { q: q[0]![0]!, k: k[0]![0]!, v: v[0]![0]! }).flat(), {
      atol: 2e-5,
      rtol: 1e-4,
    });
  });

  it('with xpos in several pieces has the output and the gradients of a single one', async () => {
    const config = { bucketSize: 5, before: 1, after: 1, scaleBase: 1 };
    const whole = { queries: { start: 0, end: 62 }, keys: { start: 0, end: 62 } };
    expect(piecesFor({ ...config, xposScaleBase: 1, queryLength: 62, keyLength: 62 }).map(({ keys }) => keys)).toEqual([
      { start: 0, end: 50 },
      { start: 40, end: 62 },
    ]);
    const given = inputs(createKey('segments'), [1, 2, 62, 6, 3]);
    const cotangent = normal(createKey('cotangent'), [1, 2, 62, 3]);
    const cut = (query: Tensor, key: Tensor, value: Tensor) => localXposAttention(query, key, value, config).out;
    const uncut = (query: Tensor, key: Tensor, value: Tensor) => {
      const [q, k] = rotated(query, key, whole, { queryShift: 0, xposScaleBase: 1 }); // products reach 0.2857^−61, which just fits float32
      return sparseAttention(q, k, value, { mask: blockWindow({ blockSize: 5, left: 1, right: 1 }) }).out;
    };
    const tensors = [given.q, given.k, given.v];
    const [found, expected] = [cut, uncut].map((run) => [
      run(given.q, given.k, given.v),
      ...grads((query, key, value) => sum(mul(run(query as Tensor, key as Tensor, value as Tensor), cotangent)))(tensors),
    ]) as [Tensor[], Tensor[]];
    for (const [at, one] of found.entries())
      expectClose(await one.data(), await (expected[at] as Tensor).data(), { atol: 1e-5, rtol: 1e-4 });
  });

  it('has no keys beyond the end, and zeros for a query whose keys are all hidden', async () => {
    const value = tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
    const same = zeros([1, 1, 5, 2]);
    const { out } = localAttention(same, same, value, { bucketSize: 4 });
    expectClose(await out.data(), [3, 3, 3, 3, 3], { atol: 1e-6, rtol: 0 });
    const hidden = localAttention(same, same, value, { bucketSize: 4, padding: paddingOfLengths([0], 5) });
    expect(Array.from(await hidden.out.data())).toEqual([0, 0, 0, 0, 0]);
    expect(Array.from(await hidden.logSumExp.data())).toEqual([0, 0, 0, 0, 0].map(() => Number.NEGATIVE_INFINITY));
  });

  it('with a shared query and key, and with xpos, is as published where it has no faults', async () => {
    const { q, k, v } = inputs(createKey('kinds'), [2, 2, 29, 4, 3]);
    const options = { bucketSize: 5, causal: true, before: 2, padding: paddingOfLengths([29, 17]) };
    const shared = localSharedQueryKeyAttention(q, k, v, options);
    expect(await shared.out.data()).toEqual(await localAttentionAsPublished(q, k, v, { ...options, sharedQueryKey: true }).out.data());
    const faded = localXposAttention(q, k, v, { ...options, scaleBase: 7 });
    expect(await faded.out.data()).toEqual(
      await localAttentionAsPublished(q, k, v, { ...options, rotary: true, xpos: true, scaleBase: 7 }).out.data(),
    );
    const plain = localAttention(q, k, v, options);
    expect(await shared.out.data()).not.toEqual(await plain.out.data());
    expect(await faded.out.data()).not.toEqual(await plain.out.data());
  });

  it('drops the same weights under the same key, others under another', async () => {
    const { q, k, v } = inputs(createKey('dropout'), [1, 2, 29, 4, 3]);
    const run = (seed: number) =>
      localXposAttention(q, k, v, { bucketSize: 5, scaleBase: 1, attentionDropout: { key: createKey(seed), rate: 0.4 } }).out.data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
  });

  it('shares each key head among the query heads of its group, also where it averages', async () => {
    const { q, k: key, v: value } = inputs(createKey('groups'), [1, 4, 11, 3, 2]);
    // The first bucket's queries see nothing.
    const options = { bucketSize: 4, autopad: true, padding: padding([[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]]) };
    const [k, v] = [key, value].map((x) => slice(x, [0, 0, 0, 0], [-1, 2, -1, -1])) as [Tensor, Tensor];
    const repeated = (x: Tensor) =>
      concat(
        [0, 0, 1, 1].map((head) => slice(x, [0, head, 0, 0], [-1, 1, -1, -1])),
        1,
      );
    const grouped = await localAttentionAsPublished(q, k, v, options).out.data();
    expectClose(grouped, await localAttentionAsPublished(q, repeated(k), repeated(v), options).out.data(), { atol: 1e-6, rtol: 1e-5 });
    expect(() => localAttention(slice(q, [0, 0, 0, 0], [-1, 3, -1, -1]), k, v, { bucketSize: 4 })).toThrow(
      'h a multiple of hkv=2 (set by k)',
    );
  });

  it('causal: a later token changes no output before it', async () => {
    const given = inputs(createKey('causal'), [1, 2, 19, 4, 4]);
    const other = inputs(createKey('other'), [1, 2, 19, 4, 4]);
    const mix = (x: Tensor, y: Tensor) => concat([slice(x, [0, 0, 0, 0], [-1, -1, 11, -1]), slice(y, [0, 0, 11, 0])], 2);
    const mixed = { q: mix(given.q, other.q), k: mix(given.k, other.k), v: mix(given.v, other.v) };
    const first = (out: Tensor) => slice(out, [0, 0, 0, 0], [-1, -1, 11, -1]).data();
    for (const attend of [localAttention, localSharedQueryKeyAttention, localXposAttention]) {
      const run = ({ q, k, v }: typeof given) => first(attend(q, k, v, { bucketSize: 4, causal: true, before: 2 }).out);
      expectClose(await run(mixed), await run(given), { atol: 1e-6, rtol: 1e-6 });
    }
  });

  it('decodes: queries against the keys so far give the rows of one call, token by token and several at a time', async () => {
    const n = 53;
    const { q, k, v } = inputs(createKey('decoding'), [2, 2, n, 6, 3]);
    const tokens = (x: Tensor, from: number, to: number) => slice(x, [0, 0, from, 0], [-1, -1, to - from, -1]);
    const marks = [0, 1].map((row) => Array.from({ length: n }, (_, at) => (row === 1 && at % 5 === 2 ? 0 : 1)));
    const upTo = (to: number) => padding(marks.map((row) => row.slice(0, to)));
    const options = { bucketSize: 4, causal: true, before: 2 } as const;
    for (const attend of [localAttention, localSharedQueryKeyAttention, localXposAttention]) {
      const whole = attend(q, k, v, { ...options, padding: upTo(n) });
      for (const [from, to] of [...[0, 1, 3, 4, 7, 8, 31, 52].map((at) => [at, at + 1] as const), [3, 9], [10, n]] as const) {
        const own = tokens(q, from, to);
        const step = attend(own, tokens(k, 0, to), tokens(v, 0, to), { ...options, padding: upTo(to) });
        const early = attend(own, k, v, { ...options, padding: upTo(n), queryOffset: from });
        for (const found of [step, early]) {
          expectClose(await found.out.data(), await tokens(whole.out, from, to).data(), { atol: 2e-6, rtol: 1e-5 });
          const weights = slice(whole.logSumExp, [0, 0, from], [-1, -1, to - from]);
          expectClose(await found.logSumExp.data(), await weights.data(), { atol: 1e-5, rtol: 1e-5 });
        }
      }
    }
  });

  it('with a shared query and key gives finite gradients for tokens of zeros, none by their directions', async () => {
    const x = tensor4d([0, 0, 1, 0, 0, 2], [1, 1, 3, 2]);
    const v = tensor4d([1, 2, 4], [1, 1, 3, 1]);
    const run = (given: Tensor) => sum(localSharedQueryKeyAttention(given, given, v, { bucketSize: 4 }).out);
    // Queries [0, 0], [1, 0], [0, 2] over keys [0, 0], [1, 0], [0, 1], none attends to itself; a key has the gradient at right angles only.
    // Each has two scores, whose weights are 1 / 2 and 1 / 2: of query 0 (keys 1, 2), 0 and 0; of query 1 (keys 0, 2), 0 and 0; of query 2
    // (keys 0, 1), 0 and 0. The slope of the output by the first score is (first − second value) / 4, times the scale 1 / √2.
    const scale = 1 / Math.SQRT2;
    const [by0, by1, by2] = [((2 - 4) / 4) * scale, ((1 - 4) / 4) * scale, ((1 - 2) / 4) * scale];
    const queries = [by0, -by0, 0, -by1, -by2, 0];
    const keys = [0, 0, 0, 2 * -by2, -by1 / 2, 0]; // of key 1 by query 2, of key 2 by query 1; key 0 has no direction
    const expected = queries.map((each, at) => each + (keys[at] as number));
    expectClose(await grads((given: Tensor) => run(given))([x])[0]!.data(), expected, { atol: 1e-6, rtol: 1e-5 });
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const { q, k, v } = inputs(createKey('leaks'), [2, 2, 90, 4, 4]);
    const options = { bucketSize: 4, autopad: true, sharedQueryKey: true, rotary: true, xpos: true };
    const run = (given: Tensor, length: number) =>
      ({ ...localAttentionAsPublished(given, k, v, { ...options, padding: paddingOfLengths([60, 90], length) }) }) as Record<
        string,
        Tensor
      >;
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => run(q, 90))).toEqual(none);
    expect(await leaked(() => ({ ...localAttentionAsPublished(q, k, v, options) }))).toEqual(none);
    expect(await leaked(() => grads((given: Tensor) => sum(run(given, 90)['out'] as Tensor))([q]))).toEqual(none);
    expect(await leaked(() => grads((given: Tensor) => sum(run(given, 91)['out'] as Tensor))([q]))).toEqual(none);
  });
});

describe('local attention refuses', () => {
  const given = () => inputs(createKey(0), [2, 2, 6, 4, 3]);
  const run = (options: PublishedLocalAttentionOptions, { q, k, v } = given()) => localAttentionAsPublished(q, k, v, options);

  it('padding of another batch', () => {
    const { q, k, v } = given();
    expect(() => localAttention(q, k, v, { bucketSize: 4, padding: paddingOfLengths([6]) })).toThrow('one row for each batch row');
  });

  it('to look forward and be causal', () => {
    expect(() => run({ bucketSize: 4, causal: true, after: 1 })).toThrow(
      new ConfigError({
        caller: 'localAttentionAsPublished',
        problem: 'after must be 0 where causal is true.',
        expected: 'after 0, or causal false',
        got: 'causal true, after 1',
        remedy: 'leave after out.',
      }),
    );
  });

  it.each([
    [{ bucketSize: 0 }, 'localAttentionAsPublished: bucketSize must be an integer of at least 1.'],
    [{ bucketSize: 4, xpos: true }, 'rotary must be true where xpos is'],
    [{ bucketSize: 1, xpos: true, rotary: true }, 'scaleBase must be a positive number of tokens.'],
    [{ bucketSize: 4, attentionDropout: { key: createKey(1), rate: 1 } }, 'attentionDropout.rate must be at least 0 and below 1.'],
  ])('%j', (options, message) => {
    expect(() => run(options)).toThrow(message);
  });

  it('buckets of 1 token, of which half is no scaleBase, and takes them with one', async () => {
    const { q, k, v } = inputs(createKey(0), [1, 1, 3, 4, 4]);
    expect(() => localXposAttention(q, k, v, { bucketSize: 1, causal: true })).toThrow(
      new ConfigError({
        caller: 'localXposAttention',
        problem: 'scaleBase must be a positive number of tokens.',
        expected: 'a number above 0',
        got: '0, half of a bucket of 1 token',
        remedy: 'give scaleBase, or buckets of 2 tokens or more.',
      }),
    );
    const { out } = localXposAttention(q, k, v, { bucketSize: 1, causal: true, scaleBase: 4 });
    expect((await out.data()).every(Number.isFinite)).toBe(true);
  });

  it('rotary with an odd headDim', () => {
    expect(() => run({ bucketSize: 2, rotary: true }, inputs(createKey(0), [1, 1, 3, 3, 3]))).toThrow('headDim must be even');
  });
});

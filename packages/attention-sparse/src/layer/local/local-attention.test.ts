import { ConfigError, createKey, type Key, normal, randomUniform, ShapeError } from '@longspan/core-tensor';
import { expectClose, expectGolden, leaked, onBackends, readGolden } from '@longspan/tooling/expect';
import { concat, dispose, grads, mul, slice, sum, type Tensor, tensor4d, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sparseAttention } from '../../attention/sparse-attention.ts';
import { blockWindow } from '../../mask/index.ts';
import { type LocalAttentionConfig, localAttention } from './local-attention.ts';
import { rotated, segments } from './positions.ts';

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

/** local-attention's forward pass, bucket by bucket as it is written there, for one batch row and one head, on lists. */
function reference(
  config: LocalAttentionConfig,
  {
    q,
    k,
    v,
    mask,
  }: { readonly q: number[][]; readonly k: number[][]; readonly v: number[][]; readonly mask?: readonly number[] | undefined },
): number[][] {
  const { bucketSize, causal = false, lookBackward = 1, exactWindow = false } = config;
  const lookForward = config.lookForward ?? (causal ? 0 : 1);
  const d = q[0]!.length;
  const length = (lookBackward + 1 + lookForward) * bucketSize;
  const buckets = Math.ceil(q.length / bucketSize);
  const norm = (row: number[]) => Math.max(1e-12, Math.hypot(...row));
  const keys = config.sharedQueryKey === true ? k.map((row) => row.map((x) => x / norm(row))) : k;
  const turn = (row: number[], t: number, direction: 1 | -1): number[] => {
    if (config.rotary !== true) return row;
    return row.map((x, at) => {
      const pair = at % (d / 2);
      const angle = t / 10000 ** ((2 * pair) / d);
      const other = at < d / 2 ? -row[at + d / 2]! : row[at - d / 2]!;
      const turned = x * Math.cos(angle) + other * Math.sin(angle);
      if (config.xpos !== true) return turned;
      return turned * ((2 * pair + 0.4 * d) / (1.4 * d)) ** ((direction * (t - Math.floor(length / 2))) / Math.floor(bucketSize / 2));
    });
  };
  return q.map((row, i) => {
    const first = (Math.floor(i / bucketSize) - lookBackward) * bucketSize;
    const turnedQuery = turn(row, length - bucketSize + (i % bucketSize), 1);
    const around = Array.from({ length }, (_, t) => {
      const j = first + t;
      const outside = j < 0 || j >= buckets * bucketSize;
      const zero = row.map(() => 0);
      const key = turn(outside ? zero : (keys[j] ?? zero), t, -1);
      let score = turnedQuery.reduce((total, x, at) => total + x * key[at]!, 0) / Math.sqrt(d);
      if (config.sharedQueryKey === true && i === j) score = -5e4;
      const tooFar = exactWindow && (i > j + bucketSize * lookBackward || (!causal && j - bucketSize * lookForward > i));
      const hidden = outside || (causal && j > i) || tooFar || (mask !== undefined && mask[j] !== 1);
      return { score: hidden ? -1e300 : score, value: outside ? v[0]!.map(() => -1) : (v[j] ?? v[0]!.map(() => 0)) };
    });
    const top = Math.max(...around.map(({ score }) => score));
    const weights = around.map(({ score }) => Math.exp(score - top));
    const total = weights.reduce((a, b) => a + b);
    return v[0]!.map((_, f) => around.reduce((out, { value }, t) => out + (weights[t]! / total) * value[f]!, 0));
  });
}

function inputs(key: Key, [b, h, n, d, dv]: readonly [number, number, number, number, number]) {
  const [query, k, value] = key.split(3).map((one, at) => normal(one, [b, h, n, at === 2 ? dv : d])) as [Tensor, Tensor, Tensor];
  return { query, key: k, value };
}

onBackends('localAttention', (backend) => {
  it.each(cases)('equals local-attention, outputs and gradients: %s', async (name) => {
    const golden = await readGolden(`attention/local_${name}`);
    const config = golden.config as object as GoldenConfig;
    const keyMask = golden.rows('in.mask');
    for (const blockSize of [16, 64]) {
      const layer = localAttention({
        bucketSize: config.window_size,
        causal: config.causal,
        lookBackward: config.look_backward,
        ...(config.look_forward === null ? {} : { lookForward: config.look_forward }),
        exactWindow: config.exact_windowsize,
        autopad: config.autopad,
        sharedQueryKey: config.shared_qk,
        rotary: config.use_rotary_pos_emb,
        xpos: config.use_xpos,
        blockSize,
      });
      await expectGolden(golden, 'o', (parameters, { q, k, v }) =>
        layer.apply(parameters, { query: q as Tensor, key: k as Tensor, value: v as Tensor, ...(keyMask && { keyMask }) }),
      );
    }
    dispose(golden.tensors);
  });

  it('with autopad equals local-attention for any options, lengths and key masks', async () => {
    const options = fc.record({
      bucketSize: fc.integer({ min: 2, max: 7 }),
      causal: fc.boolean(),
      lookBackward: fc.integer({ min: 0, max: 2 }),
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
        const config = { ...rest, rotary, xpos: positions === 'xpos', lookForward: rest.causal ? 0 : ahead, autopad: true };
        const key = createKey(seed);
        const given = inputs(key, [2, 2, length, 4, 3]);
        const shown = randomUniform(key.fold('mask'), 2 * length);
        const keyMask =
          shownShare === 1
            ? undefined
            : [0, 1].map((row) => Array.from(shown.slice(row * length, (row + 1) * length), (u) => (u < shownShare ? 1 : 0)));
        const out = localAttention(config).apply({}, { ...given, ...(keyMask && { keyMask }) });
        const [q, k, v] = (await Promise.all([given.query, given.key, given.value].map((x) => x.array()))) as number[][][][][] as [
          number[][][][],
          number[][][][],
          number[][][][],
        ];
        const expected = q.flatMap((heads, b) =>
          heads.map((_, h) => reference(config, { q: q[b]![h]!, k: k[b]![h]!, v: v[b]![h]!, mask: keyMask?.[b] })),
        );
        expectClose(await out.data(), expected.flat(2), { atol: 2e-5, rtol: 1e-4 });
        dispose([given, out]);
      }),
      { numRuns: backend === 'cpu' ? 60 : 25, seed: 1 },
    );
  });

  it('with xpos over many more buckets than its powers reach equals local-attention', async () => {
    const config = { bucketSize: 4, causal: true, rotary: true, xpos: true } as const; // 120 buckets: one segment would need 0.2857^±60
    const given = inputs(createKey('long xpos'), [1, 1, 478, 6, 2]);
    const out = localAttention(config).apply({}, given);
    const [q, k, v] = (await Promise.all([given.query, given.key, given.value].map((x) => x.array()))) as [
      number[][][][],
      number[][][][],
      number[][][][],
    ];
    expectClose(await out.data(), reference(config, { q: q[0]![0]!, k: k[0]![0]!, v: v[0]![0]! }).flat(), { atol: 2e-5, rtol: 1e-4 });
  });

  it('with xpos in several segments has the output and the gradients of a single one', async () => {
    const config = { bucketSize: 5, lookBackward: 1, lookForward: 1, rotary: true, xpos: true, xposScaleBase: 1 } as const;
    const whole = { queries: { start: 0, end: 62 }, keys: { start: 0, end: 62 } };
    expect(segments({ ...config, queryLength: 62, keyLength: 62 }).map(({ keys }) => keys)).toEqual([
      { start: 0, end: 50 },
      { start: 40, end: 62 },
    ]);
    const given = inputs(createKey('segments'), [1, 2, 62, 6, 3]);
    const cotangent = normal(createKey('cotangent'), [1, 2, 62, 3]);
    const cut = (query: Tensor, key: Tensor, value: Tensor) => localAttention(config).apply({}, { query, key, value });
    const uncut = (query: Tensor, key: Tensor, value: Tensor) => {
      const [q, k] = rotated(query, key, whole, { queryShift: 5, xposScaleBase: 1 }); // products reach 0.2857^−61, which just fits float32
      return sparseAttention(q, k, value, { mask: blockWindow({ size: 5, left: 1, right: 1 }) }).out;
    };
    const tensors = [given.query, given.key, given.value];
    const [found, expected] = [cut, uncut].map((run) => [
      run(given.query, given.key, given.value),
      ...grads((query, key, value) => sum(mul(run(query as Tensor, key as Tensor, value as Tensor), cotangent)))(tensors),
    ]) as [Tensor[], Tensor[]];
    for (const [at, one] of found.entries())
      expectClose(await one.data(), await (expected[at] as Tensor).data(), { atol: 1e-5, rtol: 1e-4 });
  });

  it('without autopad a query whose keys are all hidden is 0, and the last bucket has no keys beyond the end', async () => {
    const layer = localAttention({ bucketSize: 4 });
    const value = tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
    const same = zeros([1, 1, 5, 2]);
    expectClose(await layer.apply({}, { query: same, key: same, value }).data(), [3, 3, 3, 3, 3], { atol: 1e-6, rtol: 0 });
    const hidden = layer.apply({}, { query: same, key: same, value, keyMask: [[0, 0, 0, 0, 0]] });
    expect(Array.from(await hidden.data())).toEqual([0, 0, 0, 0, 0]);
  });

  it('shares each key head among the query heads of its group, also where it averages', async () => {
    const layer = localAttention({ bucketSize: 4, autopad: true });
    const { query, key, value } = inputs(createKey('groups'), [1, 4, 11, 3, 2]);
    const keyMask = [[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]]; // the first bucket's queries see nothing
    const [k, v] = [key, value].map((x) => slice(x, [0, 0, 0, 0], [-1, 2, -1, -1])) as [Tensor, Tensor];
    const repeated = (x: Tensor) =>
      concat(
        [0, 0, 1, 1].map((head) => slice(x, [0, head, 0, 0], [-1, 1, -1, -1])),
        1,
      );
    const grouped = await layer.apply({}, { query, key: k, value: v, keyMask }).data();
    expectClose(grouped, await layer.apply({}, { query, key: repeated(k), value: repeated(v), keyMask }).data(), {
      atol: 1e-6,
      rtol: 1e-5,
    });
    expect(() => layer.apply({}, { query: slice(query, [0, 0, 0, 0], [-1, 3, -1, -1]), key: k, value: v })).toThrow(
      'localAttention: the number of query heads must be a multiple of the number of key heads.\n  expected  h a multiple of hkv=2 (set by key)\n  got       h=3 (set by query)',
    );
  });

  it('causal: a later token changes no output before it', async () => {
    const layer = localAttention({ bucketSize: 4, causal: true, lookBackward: 2, rotary: true });
    const given = inputs(createKey('causal'), [1, 2, 19, 4, 4]);
    const other = inputs(createKey('other'), [1, 2, 19, 4, 4]);
    const mix = (x: Tensor, y: Tensor) => concat([slice(x, [0, 0, 0, 0], [-1, -1, 11, -1]), slice(y, [0, 0, 11, 0])], 2);
    const mixed = { query: mix(given.query, other.query), key: mix(given.key, other.key), value: mix(given.value, other.value) };
    const first = (out: Tensor) => slice(out, [0, 0, 0, 0], [-1, -1, 11, -1]).data();
    expectClose(await first(layer.apply({}, mixed)), await first(layer.apply({}, given)), { atol: 1e-6, rtol: 1e-6 });
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const layer = localAttention({ bucketSize: 4, autopad: true, sharedQueryKey: true, rotary: true, xpos: true });
    const given = inputs(createKey('leaks'), [2, 2, 90, 4, 4]);
    const keyMask = [0, 1].map((row) => Array.from({ length: 90 }, (_, at) => (row === 0 && at > 60 ? 0 : 1)));
    expect(await leaked(() => layer.apply({}, { ...given, keyMask }))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => layer.apply({}, given))).toEqual({ tensors: 0, buffers: 0 });
    const backward = grads((query: Tensor) => sum(layer.apply({}, { ...given, query, keyMask })));
    expect(await leaked(() => backward([given.query]))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => layer.apply({}, { ...given, keyMask: [[1]] }))).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('localAttention refuses', () => {
  const given = () => inputs(createKey(0), [2, 2, 6, 4, 3]);

  it('a key mask of another length', () => {
    expect(() =>
      localAttention({ bucketSize: 4 }).apply(
        {},
        {
          ...given(),
          keyMask: [
            [1, 1, 1, 1, 1, 1],
            [1, 1, 1],
          ],
        },
      ),
    ).toThrow(
      new ShapeError({
        caller: 'localAttention',
        problem: 'keyMask does not fit.',
        expected: '2 rows (batch) of 6 numbers (tokens)',
        got: 'row 1 with 3 numbers',
        remedy: 'give keyMask one number for each token of each batch row.',
      }),
    );
  });

  it('to look forward and be causal', () => {
    expect(() => localAttention({ bucketSize: 4, causal: true, lookForward: 1 })).toThrow(
      new ConfigError({
        caller: 'localAttention',
        problem: 'a causal query cannot look forward.',
        expected: 'lookForward 0, or causal false',
        got: 'causal true, lookForward 1',
        remedy: 'leave lookForward out.',
      }),
    );
  });

  it.each([
    [{ bucketSize: 0 }, 'localAttention: bucketSize must be an integer of at least 1.'],
    [{ bucketSize: 4, xpos: true }, 'localAttention: xpos fades rotary positions, which are off.'],
    [{ bucketSize: 1, xpos: true, rotary: true }, 'localAttention: xposScaleBase is not a positive number of tokens.'],
    [{ bucketSize: 4, dropout: 1 }, 'localAttention: dropout is not a share of what can be dropped.'],
  ])('%j', (config, message) => {
    expect(() => localAttention(config)).toThrow(message);
  });

  it('rotary with an odd headDim, and dropout without a key', () => {
    const odd = inputs(createKey(0), [1, 1, 3, 3, 3]);
    expect(() => localAttention({ bucketSize: 2, rotary: true }).apply({}, odd)).toThrow('rotary positions need an even headDim.');
    expect(() => localAttention({ bucketSize: 2, dropout: 0.5 }).apply({}, given(), { training: true })).toThrow(
      'training with dropout needs a key.',
    );
  });
});

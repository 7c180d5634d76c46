import {
  bias,
  createKey,
  keyLengths,
  normal,
  originalPositions,
  padding,
  relativePositions,
  type ScoreTerm,
  softCap,
} from '@longspan/core-tensor';
import { onBackends } from '@longspan/tooling/expect';
import {
  concat,
  fill,
  grads,
  ones,
  slice,
  square,
  sum,
  type Tensor,
  tensor1d,
  tensor3d,
  tensor4d,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  applySegmentAttention,
  blockMass,
  blockTopKAttention,
  causal,
  denseAttention,
  everything,
  keysAt,
  localAttention,
  type Mask,
  mobaAttention,
  nsaAttention,
  queriesAt,
  routingAttention,
  routingCentroids,
  segments,
  slidingWindow,
  sparseAttention,
  topKAttention,
} from '../src/index.ts';

const [h, n, d] = [2, 13, 4];
const nsaSizes = { compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 3, localBlocks: 1, window: { left: 4 } };
const window = slidingWindow({ left: 3, right: 0 });

type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** Of the queries at positions 0 … 11, none attends to the last of the 13 keys. */
const queryOffset = 0;
const hidingTheLast: Readonly<Record<string, Attend>> = {
  sparseAttention: (q, k, v) => sparseAttention(q, k, v, { mask: causal(), blockSize: 4, queryOffset }).out,
  denseAttention: (q, k, v) => denseAttention(q, k, v, { mask: causal(), queryOffset }).out,
  topKAttention: (q, k, v) => topKAttention(q, k, v, { topK: 5, mask: causal(), queryOffset }).out,
  'topKAttention of as many keys as there are': (q, k, v) => topKAttention(q, k, v, { topK: n, mask: causal(), queryOffset }).out,
  mobaAttention: (q, k, v) => mobaAttention(q, k, v, { blockSize: 4, topK: 2, causal: true, queryOffset }).out,
  nsaAttention: (q, k, v) => {
    const each = { k, v };
    const gates = ones([1, h, n - 1, 3]);
    return nsaAttention(q, { compression: each, selection: each, sliding: each, gates }, { ...nsaSizes, queryOffset }).out;
  },
  blockTopKAttention: (q, k, v) => blockTopKAttention(q, k, v, { topK: 1, blockSize: 4, mask: window, causal: true, queryOffset }).out,
  'routingAttention of a padded key': (q, k, v) => {
    const centroids = routingCentroids(normal(createKey('fixed'), [1, h, n, d]), { clusters: 3, iterations: 2 });
    const keyPadding = padding([Array.from({ length: n }, (_, key) => (key < n - 1 ? 1 : 0))]);
    return routingAttention(q, k, v, { centroids, clusterSize: n, keyPadding }).out;
  },
};

/** Of 13 queries only the last attends to the last key. */
const hidingItFromOthers: Readonly<Record<string, Attend>> = {
  localAttention: (q, k, v) => localAttention(q, k, v, { bucketSize: 4, causal: true }).out,
  applySegmentAttention: (q, k, v) =>
    applySegmentAttention(q, k, v, {
      segments: segments({ text: 8, image: 5 }),
      routes: [
        { from: 'text', to: 'text', mask: causal() },
        { from: 'image', to: 'text', topK: 1 },
        { from: 'image', to: 'image', mask: causal() },
      ],
      blockSize: 4,
    }).out,
};

const largest = 3.4028234e38; // finite, but twice it is not
const spoiled = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, largest, -largest];

onBackends('keys that nobody attends to', () => {
  const draw = (name: string): Tensor => normal(createKey(name), [1, h, n, d]);
  const first = (x: Tensor): Tensor => slice(x, [0, 0, 0, 0], [1, h, n - 1, d]);
  const lastOf = (x: Tensor, value: number): Tensor => concat([first(x), fill([1, h, 1, d], value)], 2);

  it.each(Object.entries(hidingTheLast))('%s: NaN and infinity there change no number, nor any gradient', async (_, attend) => {
    const [q, k, v] = [first(draw('q')), draw('k'), draw('v')];
    const run = async (value: number) => {
      const inputs: [Tensor, Tensor, Tensor] = [q, lastOf(k, value), lastOf(v, value)];
      const gradients = grads((...each: Tensor[]) => sum(square(attend(...(each as typeof inputs)))))(inputs);
      return Promise.all([attend(...inputs), ...gradients].map((each) => each.array()));
    };
    const expected = await run(0);
    for (const value of spoiled) expect(await run(value)).toEqual(expected);
  });

  it.each(Object.entries(hidingItFromOthers))('%s: NaN and infinity there change nothing for the others', async (_, attend) => {
    const [q, k, v] = [draw('q'), draw('k'), draw('v')];
    const run = (value: number) => first(attend(q, lastOf(k, value), lastOf(v, value))).array();
    const expected = await run(0);
    for (const value of spoiled) expect(await run(value)).toEqual(expected);
  });

  it.each([
    ['sparseAttention', sparseAttention],
    ['denseAttention', denseAttention],
  ] as const)('%s with relative positions: a query that attends to nothing changes no number, nor any gradient', async (_, attention) => {
    const mask = causal().and(queriesAt([5]).not());
    const term = [normal(createKey('r'), [h, n, d]), normal(createKey('u'), [h, d]), normal(createKey('v of r'), [h, d])];
    const run = async (value: number) => {
      const q = draw('q');
      const [before, after] = [slice(q, [0, 0, 0, 0], [1, h, 5, d]), slice(q, [0, 0, 6, 0], [1, h, n - 6, d])];
      const inputs = [concat([before, fill([1, h, 1, d], value), after], 2), draw('k'), draw('v'), ...term];
      const attend = (...[query, key, rest, r, u, v]: Tensor[]): Tensor => {
        const given = { r: r as Tensor, u: u as Tensor, v: v as Tensor };
        return attention(query as Tensor, key as Tensor, rest as Tensor, { mask, score: [relativePositions(given)] }).out;
      };
      const gradients = grads((...each: Tensor[]) => sum(square(attend(...each))))(inputs);
      return Promise.all([attend(...inputs), ...gradients].map((each) => each.array()));
    };
    const expected = await run(0);
    for (const value of spoiled) expect(await run(value)).toEqual(expected);
  });

  it.each([
    ['sparseAttention', sparseAttention],
    ['denseAttention', denseAttention],
  ] as const)('%s: what stands at masked pairs is nothing, before any term', async (_, attention) => {
    const one = (): Tensor => ones([1, 1, 2, 1]);
    const gradients = (inputs: readonly Tensor[], score: (own: readonly Tensor[]) => readonly ScoreTerm[], mask?: Mask) => {
      const loss = (...[q, k, v, ...own]: Tensor[]): Tensor =>
        sum(square(attention(q as Tensor, k as Tensor, v as Tensor, { ...(mask && { mask }), score: score(own) }).out));
      return Promise.all(grads(loss)([...inputs]).map(async (each) => [...(await each.data())]));
    };
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const key = tensor4d([1, value], [1, 1, 2, 1]);
      const positions = tensor3d([0, 1], [1, 1, 2], 'int32');
      expect(await gradients([one(), key, one()], () => [softCap(5), keyLengths(tensor1d([1], 'int32'))])).toEqual([
        [0, 0],
        [0, 0],
        [4, 0],
      ]);
      const causalByPositions = (): ScoreTerm[] => [softCap(5), originalPositions({ query: positions, key: positions, causal: true })];
      const [dq, dk] = await gradients([one(), key, one()], causalByPositions);
      expect([dq?.[0], dk?.[0]]).toEqual([0, expect.anything()]);
      const table = tensor4d([0, value, 0, value], [1, 1, 2, 2]);
      expect(await gradients([one(), one(), one(), table], ([t]) => [bias(t as Tensor), softCap(5)], keysAt([0]))).toEqual([
        [0, 0],
        [0, 0],
        [4, 0],
        [0, 0, 0, 0],
      ]);
      // In a row that a visible NaN spoils, the pair that it masks has no gradient either.
      const spoiled = tensor4d([Number.NaN, 0, 0, 0], [1, 1, 2, 2]);
      const [, , , ofTable] = await gradients([one(), one(), one(), spoiled], ([t]) => [bias(t as Tensor)], causal());
      expect(ofTable?.slice(1)).toEqual([0, 0, 0]);
    }
  });

  it.each([
    ['sparseAttention', sparseAttention],
    ['denseAttention', denseAttention],
  ] as const)('%s: a row of relative positions of −∞ masks its pairs, and no gradient is spoiled', async (_, attention) => {
    const loss = (...[q, k, v, r]: Tensor[]): Tensor => {
      const term = relativePositions({ r: r as Tensor, u: zeros([1, 1]), v: zeros([1, 1]) });
      return sum(square(attention(q as Tensor, k as Tensor, v as Tensor, { mask: causal(), score: [term] }).out));
    };
    const inputs = [
      ones([1, 1, 2, 1]),
      ones([1, 1, 2, 1]),
      tensor4d([1, 2], [1, 1, 2, 1]),
      tensor3d([Number.NEGATIVE_INFINITY, 1], [1, 2, 1]),
    ];
    const found = await Promise.all(grads(loss)(inputs).map(async (each) => [...(await each.data())]));
    expect(found).toEqual([
      [0, 0],
      [0, 0],
      [2, 4],
      [0, 0],
    ]);
  });

  it('applySegmentAttention: what stands in padding chooses no blocks', async () => {
    const marks = [1, 1, 1, 1, 1, 0, 1, 1];
    const isToken = tensor4d(marks, [1, 1, 8, 1], 'bool');
    const own = normal(createKey('q'), [1, 1, 8, 4]);
    const run = async (value: number) => {
      const x = where(isToken, own, fill([1, 1, 8, 4], value));
      const { out, selected } = applySegmentAttention(x, x, x, {
        segments: segments({ a: 4, b: 4 }),
        padding: padding([marks]),
        queryPadding: padding([marks]),
        blockSize: 2,
        routes: [
          { from: 'a', to: 'b', topK: 1 },
          { from: 'b', to: 'b', topK: 1 },
        ],
      });
      const tokens = where(isToken, out, zerosLike(out));
      return Promise.all([tokens, ...selected].map(async (each) => each && [...(await (each as Tensor).data())]));
    };
    const expected = await run(7);
    for (const value of spoiled) expect(await run(value)).toEqual(expected);
  });

  it('blockMass: the share of visible keys does not depend on hidden ones', async () => {
    const [q, k] = [draw('q'), draw('k')];
    const mask = everything().and(keysAt([n - 1]).not());
    const run = (value: number) => blockMass(q, lastOf(k, value), { blockSize: 4, mask }).array();
    const expected = await run(0);
    for (const value of spoiled) expect(await run(value)).toEqual(expected);
  });
});

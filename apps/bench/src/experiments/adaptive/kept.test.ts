import { causal, mobaAttention, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { slice, sum, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AttentionLayer, withLayer } from './attention-layers.ts';
import { chooseBlocks } from './choose-blocks.ts';
import { type Kept, keptBy, keptPairs } from './kept.ts';
import { measurePairs, pairPatternsOf, patternsOf } from './patterns.ts';

beforeAll(() => withBackend('wasm'));

const [batch, heads, n, headDim, blockSize] = [2, 2, 64, 8, 2] as const;
const sizes = { n, blockSize, key: createKey('drawn') };
const drawn = (name: string): Tensor => normal(createKey(name), [batch, heads, n, headDim]);
const onLayer = <Value>(work: (layer: AttentionLayer) => Promise<Value>) =>
  withLayer({ q: drawn('q'), k: drawn('k'), v: drawn('v') }, work);
const tolerance = { atol: 1e-5, rtol: 0 };

describe('what a pattern keeps', () => {
  it('is the same by log-sum-exps and pair by pair: a window', async () => {
    await onLayer(async (layer) => {
      const part = sparseAttention(layer.q, layer.k, layer.v, { mask: slidingWindow({ left: 9, right: 0 }) });
      const byLogSumExp = await keptBy(layer, part, []);
      const [byPairs] = (await keptPairs(layer, [(_, __, query, marks) => void marks.fill(1, Math.max(0, query - 9), query + 1)])) as [
        Kept,
      ];
      expectClose(byPairs.recall, byLogSumExp.recall, tolerance);
      expectClose(byPairs.share, new Array(heads).fill((10 * n - 45) / ((n * (n + 1)) / 2)), { atol: 1e-12, rtol: 0 });
      expect(byLogSumExp.error).toBeGreaterThan(0.1);
    });
  });

  it('is the same by log-sum-exps and pair by pair: chunks chosen by the data', async () => {
    await onLayer(async (layer) => {
      const { selected, ...part } = mobaAttention(layer.q, layer.k, layer.v, { blockSize: 8, topK: 3, causal: true });
      const lists = (await selected.array()) as number[][][][];
      const byLogSumExp = await keptBy(layer, part, []);
      const [byPairs] = (await keptPairs(layer, [
        (row, head, query, marks) => {
          for (const chunk of lists[row]![head]![query]!) if (chunk >= 0) marks.fill(1, chunk * 8, chunk * 8 + 8);
        },
      ])) as [Kept];
      expectClose(byPairs.recall, byLogSumExp.recall, tolerance);
    });
  });

  it('is everything, at no error, where everything is seen', async () => {
    await onLayer(async (layer) => {
      const whole = await keptBy(layer, sparseAttention(layer.q, layer.k, layer.v, { mask: causal() }), []);
      expectClose(whole.recall, [1, 1], tolerance);
      expect(whole.error).toBeLessThan(1e-5);
    });
  });
});

it('every pattern at every setting keeps a share at a cost, and more of its family costs and keeps more', {
  timeout: 120_000,
}, async () => {
  await onLayer(async (layer) => {
    const found = new Map<string, [share: number, recall: number][]>();
    const keep = (family: string, { share, recall }: Kept): void => {
      for (const value of [...share, ...recall]) expect(value > 0 && value <= 1 + 1e-9, family).toBe(true);
      found.set(family, [...(found.get(family) ?? []), [sumOf(share) / heads, sumOf(recall) / heads]]);
    };
    for (const pattern of patternsOf(sizes)) keep(pattern.family, await pattern.measure(layer));
    const pairs = pairPatternsOf(sizes);
    for (const [at, kept] of (await measurePairs(layer, pairs)).entries()) keep((pairs[at] as (typeof pairs)[number]).family, kept);
    expect([...found.keys()].length).toBe(11);
    for (const family of ['window', 'BigBird', 'block top-k', 'MoBA', 'per-query top-k', 'NSA, selected blocks']) {
      const settings = found.get(family) as [number, number][];
      for (const [at, [share, recall]] of settings.slice(1).entries()) {
        expect(share, family).toBeGreaterThan((settings[at] as [number, number])[0]);
        expect(recall, family).toBeGreaterThan((settings[at] as [number, number])[1]);
      }
    }
    // No choice of as many keys keeps more than the best keys of each query.
    const [share, best] = (found.get('per-query top-k') as [number, number][]).at(-2) as [number, number];
    for (const [family, settings] of found)
      for (const one of settings) if (one[0] <= share) expect(one[1], family).toBeLessThanOrEqual(best + 1e-6);
  });
});

const sumOf = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

it('blocks are chosen by the products of the mean query and the mean key, before the own block only', async () => {
  await onLayer(async (layer) => {
    const chosen = (await chooseBlocks(layer, { blockSize: 16, count: 2 }).array()) as number[][][][];
    const meanOf = async (x: Tensor, head: number, block: number): Promise<number[]> => {
      const part = sum(slice(x, [1, head, block * 16, 0], [1, 1, 16, headDim]), [0, 1, 2]);
      return [...(await part.data())];
    };
    for (let head = 0; head < heads; head++) {
      const keys = await Promise.all([0, 1, 2].map((block) => meanOf(layer.k, head, block)));
      const query = await meanOf(layer.q, head, 3);
      const scores = keys.map((key) => key.reduce((all, value, at) => all + value * query[at]!, 0));
      const best = [0, 1, 2].sort((one, other) => scores[other]! - scores[one]!).slice(0, 2);
      expect(chosen[1]![head]![3]).toEqual(best);
      expect(chosen[1]![head]![1]).toEqual([0, -1]);
      expect(chosen[1]![head]![0]).toEqual([-1, -1]);
    }
  });
});

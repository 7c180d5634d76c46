import {
  bigBird,
  blockDiagonal,
  causal,
  cost,
  dilatedWindow,
  everything,
  fixed,
  globalTokens,
  type Mask,
  mobaAttention,
  nsaAttention,
  randomBlocks,
  routingAttention,
  routingCentroids,
  slidingWindow,
  sparseAttention,
  strided,
  topKAttention,
} from '@longspan/attention-sparse';
import type { Key } from '@longspan/core-tensor/key';
import { concat, dispose, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { AttentionLayer } from './attention-layers.ts';
import { chooseBlocks } from './choose-blocks.ts';
import { type Kept, keptBy, keptPairs, type MarkKeys } from './kept.ts';

export interface PatternSetting {
  readonly family: string;
  readonly setting: string;
}

/** A pattern whose attention gives a log-sum-exp. */
export interface Pattern extends PatternSetting {
  measure(layer: AttentionLayer): Promise<Kept>;
}

/** A pattern that is told by its choice of pairs; they are measured together, since each needs all scores. */
export interface PairPattern extends PatternSetting {
  choose(layer: AttentionLayer): Promise<MarkKeys>;
}

export interface PatternSizes {
  readonly n: number;
  readonly blockSize: number;
  readonly key: Key;
}

/** Blocks that each query block attends to, in the settings of most families. */
const widths = [1, 2, 4, 8, 16];
const firstTokens = [0, 1, 2, 3];

/** Every mask that is tried, its setting in words. */
function masks({ n, blockSize, key }: PatternSizes): readonly (PatternSetting & { readonly mask: Mask })[] {
  const blocks = n / blockSize;
  const strides = [16, 8, 4, 2].map((stride) => stride * blockSize);
  const near = (width: number): Mask => slidingWindow({ left: width * blockSize, right: 0 });
  const tokens = (count: number): string => `${count} tokens`;
  return [
    ...widths.map((width) => ({ family: 'window', setting: tokens(width * blockSize), mask: near(width) })),
    ...widths.map((width) => ({
      family: 'window and first tokens',
      setting: tokens(width * blockSize),
      mask: near(width).or(globalTokens(firstTokens)).and(causal()),
    })),
    ...widths.slice(0, -1).map((width) => ({
      family: 'dilated window',
      setting: `${width * blockSize} tokens, every 2nd`,
      mask: dilatedWindow({ left: width * blockSize, right: 0, dilation: 2 }),
    })),
    ...strides.map((stride) => ({ family: 'strided', setting: `stride ${stride}`, mask: strided({ stride }) })),
    ...strides.map((stride) => ({
      family: 'fixed',
      setting: `stride ${stride}, the last ${blockSize} seen by all`,
      mask: fixed({ stride, summary: blockSize }),
    })),
    ...[0, 2, 4, 8, 16].map((drawn) => {
      const shown = { windowBlocks: 1, globalBlocks: [0] };
      const random = randomBlocks(key, { queryBlocks: blocks, perQueryBlock: drawn, ...shown });
      return {
        family: 'BigBird',
        setting: `${drawn} random blocks`,
        mask: bigBird({ blockSize: blockSize, ...shown, randomBlocks: random }).and(causal()),
      };
    }),
  ];
}

/** What calibrate chooses from. */
export function candidatesOf({ n, blockSize }: Pick<PatternSizes, 'n' | 'blockSize'>): readonly Mask[] {
  const lefts = [...widths, 24].map((width) => width * blockSize).filter((left) => left < n);
  return [
    ...lefts.map((left) => slidingWindow({ left, right: 0 })),
    ...lefts.map((left) => slidingWindow({ left, right: 0 }).or(globalTokens(firstTokens))),
    ...[4, 8].map((stride) => strided({ stride: stride * blockSize })),
    everything(),
  ];
}

/** Every pattern with a log-sum-exp, at every setting. */
export function patternsOf(sizes: PatternSizes): readonly Pattern[] {
  const { n, blockSize } = sizes;
  const all = cost(causal(), { queryLength: n, blockSize }).visitedBlocks;
  const choices = [2, 4, 8, 16];
  return [
    ...masks(sizes).map(({ mask, ...setting }): Pattern => {
      const share = cost(mask, { queryLength: n, blockSize }).visitedBlocks / all;
      return {
        ...setting,
        measure: (layer) => keptBy(layer, sparseAttention(layer.q, layer.k, layer.v, { mask, blockSize }), even(layer, share)),
      };
    }),
    ...choices.map(
      (count): Pattern => ({
        family: 'block top-k',
        setting: `${count} blocks`,
        async measure(layer) {
          const own = blockDiagonal({ blockSize: blockSize }).and(causal());
          const selected = chooseBlocks(layer, { blockSize, count: count - 1 });
          const part = sparseAttention(layer.q, layer.k, layer.v, { mask: own, selected, blockSize });
          const shares = await listedShare(selected, layer, blockSize, 1);
          selected.dispose();
          return keptBy(layer, part, shares);
        },
      }),
    ),
    ...choices.map(
      (topK): Pattern => ({
        family: 'MoBA',
        setting: `${topK} chunks`,
        async measure(layer) {
          const { selected, ...part } = mobaAttention(layer.q, layer.k, layer.v, { blockSize, topK, causal: true });
          const shares = await listedShare(selected, layer, blockSize);
          selected.dispose();
          return keptBy(layer, part, shares);
        },
      }),
    ),
    ...[0.5, ...widths.slice(0, -1)]
      .map((width) => width * blockSize)
      .map(
        (topK): Pattern => ({
          family: 'per-query top-k',
          setting: `${topK} keys`,
          async measure(layer) {
            const { selected, ...part } = topKAttention(layer.q, layer.k, layer.v, { topK, mask: causal() });
            selected.dispose();
            let pairs = 0;
            for (let query = 0; query < n; query++) pairs += Math.min(query + 1, topK);
            return keptBy(layer, part, even(layer, pairs / ((n * (n + 1)) / 2)));
          },
        }),
      ),
  ];
}

const even = ({ heads }: AttentionLayer, share: number): readonly number[] => new Array<number>(heads).fill(share);

/**
 * By head: listed blocks over the blocks that causal attention visits. Lists belong to query blocks, or to single queries.
 * @param more blocks that are seen besides those of a list
 */
async function listedShare(lists: Tensor, { heads, n, batch }: AttentionLayer, blockSize: number, more = 0): Promise<readonly number[]> {
  const values = await lists.data();
  const [, , owners = 0, width = 0] = lists.shape;
  let causalBlocks = 0;
  for (let owner = 0; owner < owners; owner++) causalBlocks += Math.floor((owner * (n / owners)) / blockSize) + 1;
  const shares = new Array<number>(heads).fill((more * owners) / causalBlocks);
  values.forEach((value, at) => {
    const head = Math.floor(at / (owners * width)) % heads;
    if (value >= 0) shares[head] = (shares[head] as number) + 1 / (batch * causalBlocks);
  });
  return shares;
}

/** The patterns that are told by their choice of pairs, at every setting. */
export function pairPatternsOf({ n, blockSize, key }: PatternSizes): readonly PairPattern[] {
  return [
    ...[4, 8, 16].map(
      (count): PairPattern => ({
        family: 'NSA, selected blocks',
        setting: `${count} blocks`,
        async choose({ q, k, heads, batch }) {
          const chosen = tidy(() => {
            const branch = { k, v: zeros([...k.shape.slice(0, 3), 1]) };
            const options = {
              compressionLength: blockSize,
              compressionStride: blockSize / 2,
              selectionLength: blockSize,
              selectedBlocks: count,
              window: { left: 0 },
            };
            const branches = { compression: branch, selection: branch, sliding: branch, gates: zeros([batch, heads, n, 3]) };
            return nsaAttention(q, branches, options).selected;
          });
          const lists = await chosen.data<'int32'>();
          chosen.dispose();
          return (row, head, query, marks) => {
            const first = ((row * heads + head) * n + query) * count;
            for (const block of lists.subarray(first, first + count))
              if (block >= 0) marks.fill(1, block * blockSize, (block + 1) * blockSize);
          };
        },
      }),
    ),
    ...[32, 16, 8, 4].map(
      (clusters): PairPattern => ({
        family: 'routing (k-means)',
        setting: `${clusters} clusters of ${n / clusters}`,
        choose: (layer) => routed(layer, clusters, key),
      }),
    ),
  ];
}

/** Queries see the keys of the clusters that took them. */
async function routed({ q, k, v, heads, n }: AttentionLayer, clusters: number, key: Key): Promise<MarkKeys> {
  const { queries, keys } = tidy(() => {
    const centroids = routingCentroids(concat([q, k], 2), { clusters, key });
    return routingAttention(q, k, v, { centroids, clusterSize: n / clusters }).members;
  });
  const [ofQueries, ofKeys] = [await queries.data<'int32'>(), await keys.data<'int32'>()];
  dispose([queries, keys]);
  const window = n / clusters;
  const clustersOf = new Map<number, number[]>();
  ofQueries.forEach((query, at) => {
    const cluster = Math.floor(at / window); // over rows, heads and clusters
    const sequence = Math.floor(cluster / clusters);
    const token = sequence * n + query;
    clustersOf.set(token, [...(clustersOf.get(token) ?? []), cluster]);
  });
  return (row, head, query, marks) => {
    for (const cluster of clustersOf.get((row * heads + head) * n + query) ?? []) {
      for (const at of ofKeys.subarray(cluster * window, (cluster + 1) * window)) marks[at] = 1;
    }
  };
}

/** Measures patterns that are told by their pairs, all on the same scores. */
export async function measurePairs(layer: AttentionLayer, patterns: readonly PairPattern[]): Promise<Kept[]> {
  const choices: MarkKeys[] = [];
  for (const pattern of patterns) choices.push(await pattern.choose(layer));
  return keptPairs(layer, choices);
}

import { causal, mobaAttention, nsaAttention, topKAttention } from '@longspan/attention-sparse';
import { stopGradient } from '@longspan/core-tensor';
import {
  add,
  addN,
  logSumExp,
  matMul,
  minimum,
  mul,
  reshape,
  sigmoid,
  softmax,
  split,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { bestSum, chosenSum, listed } from './best.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';
import { attend, forQueryHeads, mixed, scoresOf, seenPairs, table } from './stock.ts';

const { batch, n, heads, keyHeads, valueDim } = checkSizes;

const queries = (text: CheckText): Tensor => text.heads('q', {});
const keysAndValues = (text: CheckText, name = ''): readonly [Tensor, Tensor] => [
  text.heads(`k${name}`, { heads: keyHeads }),
  text.heads(`v${name}`, { heads: keyHeads, dim: valueDim }),
];
const past = (): Tensor => seenPairs(n, n, (query, key) => key <= query);

/** Attention to the pairs that are seen, and its log-sum-exp. */
function dense(q: Tensor, k: Tensor, v: Tensor, counts: Tensor): readonly [out: Tensor, logSumExp: Tensor] {
  const [keys, values] = [forQueryHeads(k, heads), forQueryHeads(v, heads)];
  return [attend(q, keys, values, { counts }), logSumExp(scoresOf(q, keys, { counts }), 3)];
}

/** The sequence in chunks of a size. */
function chunksOf(size: number) {
  const count = Math.ceil(n / size);
  const own = (query: number): number => Math.floor(query / size);
  return {
    count,
    /** [1, 1, n, chunks]: 1 where the query may see the chunk by that rule. */
    where: (rule: (chunk: number, own: number) => boolean): Tensor => seenPairs(n, count, (query, chunk) => rule(chunk, own(query))),
    /** [chunks, n]: rows that take the mean of a chunk. */
    means: (): Tensor2D => table(count, n, (chunk, token) => (own(token) === chunk ? 1 / Math.min(size, n - chunk * size) : 0)),
    /** From chunks that are seen to tokens that are: [b, h, n, chunks] -> [b, h, n, n]. */
    tokens(chosen: Tensor): Tensor {
      const members = table(count, n, (chunk, token) => Number(own(token) === chunk));
      return reshape(matMul(reshape(chosen, [-1, count]), members), [batch, -1, n, n]);
    },
  };
}

const topKOptions = { topK: 12, mask: causal() } as const;

const topK: Mechanism = {
  name: 'topKAttention({ topK: 12, mask: causal() })',
  against: 'dense over the chosen keys; their scores against the highest',
  prepare(text) {
    const inputs = [queries(text), ...keysAndValues(text)] as const;
    const chosen = tidy(() => listed(topKAttention(...inputs, topKOptions).chosen, n));
    const scores = (q: Tensor, k: Tensor): Tensor => scoresOf(stopGradient(q), forQueryHeads(stopGradient(k), heads));
    return {
      inputs,
      ours(q, k, v) {
        const found = topKAttention(q, k, v, topKOptions);
        return [found.out, found.logSumExp, chosenSum(scores(q, k), listed(found.chosen, n))];
      },
      reference: (q, k, v) => [...dense(q, k, v, chosen), bestSum(scores(q, k), past(), topKOptions.topK)],
    };
  },
};

const mobaOptions = { chunkSize: 24, topK: 3 } as const;

const moba: Mechanism = {
  name: 'mobaAttention({ chunkSize: 24, topK: 3 })',
  against: 'dense over the chosen chunks; their gates against the highest',
  prepare(text) {
    const inputs = [queries(text), ...keysAndValues(text)] as const;
    const chunks = chunksOf(mobaOptions.chunkSize);
    const [own, before] = [chunks.where((chunk, at) => chunk === at), chunks.where((chunk, at) => chunk < at)];
    const gates = (q: Tensor, k: Tensor): Tensor => scoresOf(stopGradient(q), forQueryHeads(mixed(chunks.means(), stopGradient(k)), heads));
    const others = (lists: Tensor): Tensor => mul(listed(lists, chunks.count), before);
    const chosen = tidy(() => others(mobaAttention(...inputs, mobaOptions).chosen));
    return {
      inputs,
      ours(q, k, v) {
        const found = mobaAttention(q, k, v, mobaOptions);
        return [found.out, found.logSumExp, chosenSum(gates(q, k), others(found.chosen))];
      },
      reference: (q, k, v) => [
        ...dense(q, k, v, mul(chunks.tokens(add(chosen, own)), past())),
        bestSum(gates(q, k), before, mobaOptions.topK - 1),
      ],
    };
  },
};

const nsaOptions = { compressionLength: 16, compressionStride: 8, selectionLength: 24, selectedBlocks: 5, window: 30 } as const;
const nsaWindows = Math.floor((n - nsaOptions.compressionLength) / nsaOptions.compressionStride) + 1;

/** The window's first token and the one behind its last. */
const windowOf = (window: number): readonly [start: number, end: number] => {
  const start = window * nsaOptions.compressionStride;
  return [start, start + nsaOptions.compressionLength];
};

/** What the compressed branch sees: the windows that end at or before the query. */
const wholeWindows = (): Tensor => seenPairs(n, nsaWindows, (query, window) => windowOf(window)[1] <= query + 1);

/** The keys or values of the compressed branch: means of overlapping windows. */
function compressed(x: Tensor): Tensor {
  const isIn = (window: number, token: number): boolean => token >= windowOf(window)[0] && token < windowOf(window)[1];
  const means = table(nsaWindows, n, (window, token) => Number(isIn(window, token)) / nsaOptions.compressionLength);
  return forQueryHeads(mixed(means, x), heads);
}

/** How important each block is to the queries of a key head: their attention to windows, by the strides that lie in the block. */
function importance(q: Tensor, k: Tensor, blocks: number): Tensor {
  const counts = wholeWindows();
  const shares = mul(softmax(scoresOf(q, compressed(k), { counts })), counts);
  const ofKeyHead = sum(reshape(shares, [batch, keyHeads, heads / keyHeads, n, nsaWindows]), 2);
  const { compressionStride, compressionLength, selectionLength } = nsaOptions;
  const strides = Array.from({ length: compressionLength / compressionStride }, (_, stride) => stride * compressionStride);
  const overlaps = table(nsaWindows, blocks, (window, block) => {
    const [start] = windowOf(window);
    return strides.filter((stride) => Math.floor((start + stride) / selectionLength) === block).length;
  });
  return reshape(matMul(reshape(ofKeyHead, [-1, nsaWindows]), overlaps), [batch, keyHeads, n, blocks]);
}

const nsa: Mechanism = {
  name: 'nsaAttention, three branches and gates',
  against: 'the branches dense; chosen blocks against the most important',
  prepare(text) {
    const pairs = ['compressed', 'selected', 'sliding'].flatMap((name) => keysAndValues(text, name));
    const inputs = [queries(text), ...pairs, text.numbers('gates', [batch, heads, n, 3])];
    const blocks = chunksOf(nsaOptions.selectionLength);
    // The first block, the query's own and the one before it are always taken.
    const isForced = (block: number, own: number): boolean => block === 0 || block === own || block === own - 1;
    const forced = blocks.where(isForced);
    const free = blocks.where((block, own) => block < own && !isForced(block, own));
    const near = seenPairs(n, n, (query, key) => key <= query && query - key < nsaOptions.window);
    const run = (q: Tensor, ck: Tensor, cv: Tensor, sk: Tensor, sv: Tensor, wk: Tensor, wv: Tensor, gates: Tensor) =>
      nsaAttention({ q, compressed: { k: ck, v: cv }, selected: { k: sk, v: sv }, sliding: { k: wk, v: wv }, gates }, nsaOptions);
    const weighed = (q: Tensor, ck: Tensor): Tensor => importance(stopGradient(q), stopGradient(ck), blocks.count);
    const others = (lists: Tensor): Tensor => mul(listed(lists, blocks.count), free);
    const chosen = tidy(() => others(run(...(inputs as Parameters<typeof run>)).chosen));
    return {
      inputs,
      ours(...given) {
        const [q, ck] = given as Parameters<typeof run>;
        const found = run(...(given as Parameters<typeof run>));
        return [found.out, chosenSum(weighed(q, ck), others(found.chosen))];
      },
      reference(q, ck, cv, sk, sv, wk, wv, gates) {
        const selected = mul(blocks.tokens(forQueryHeads(minimum(add(chosen, forced), 1), heads)), past());
        const branches = [
          attend(q, compressed(ck), compressed(cv), { counts: wholeWindows() }),
          dense(q, sk, sv, selected)[0],
          dense(q, wk, wv, near)[0],
        ];
        const shares = split(sigmoid(gates), 3, 3);
        const out = addN(branches.map((branch, at) => mul(branch, shares[at] as Tensor)));
        return [out, bestSum(weighed(q, ck), free, nsaOptions.selectedBlocks - 3)];
      },
    };
  },
};

/** Patterns that the queries choose for themselves. */
export const chosenMechanisms: readonly Mechanism[] = [topK, moba, nsa];

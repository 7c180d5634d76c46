import { type AttentionResult, dims, type ScoreTerm } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKeyHeads, requireKnown, UNBOUNDED } from '@longspan/core-tensor/error';
import { type AttentionSizes, attentionCall, requireFilled, runAttention } from '@longspan/core-tensor/kernel';
import { blockCount, largestBlock } from '@longspan/core-tensor/layout';
import { matMul, reshape, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { causal as causalMask, type Mask, nothing, slidingWindow } from '../mask/index.ts';
import { type BlockGeometry, type BlockRules, maskedBlocks } from './scoring/block-candidates.ts';
import { blockMeans } from './scoring/block-means.ts';
import { decided } from './scoring/decided.ts';
import { firstOfBlocks } from './scoring/first-of-blocks.ts';
import { queriesByKeyHead, selectBest } from './scoring/select-best.ts';
import { withoutGradient } from './scoring/without-gradient.ts';

export interface BlockSelectionOptions {
  /** Key blocks that each query block takes. */
  readonly topK: number;
  /** Tokens along each side of a block; 64 by default. */
  readonly blockSize?: number | undefined;
  /**
   * A key block may be selected where this mask allows each of its pairs with the query block; everywhere by default. `mask.not()`
   * spends no choice on what a fixed mask shows already. With `causal` the last query block counts as a whole one, so that tokens to come
   * change no choice; where the mask shows queries after the end nothing, as `documents` do, the block ends with the sequence.
   */
  readonly candidates?: Mask | undefined;
  /**
   * Whether no query's choice or keys may come from after it: then only blocks that end before the query block's first query are candidates,
   * its own never. False by default.
   */
  readonly causal?: boolean | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

const selectionNames = { topK: true, blockSize: true, candidates: 'mask', causal: 'flag', queryOffset: true } as const;

export interface BlockTopKOptions extends BlockSelectionOptions {
  /** Which keys each query attends to besides the selected blocks; none by default, or with `causal` the last `blockSize` tokens. */
  readonly mask?: Mask | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Score terms of core-tensor (alibi, softCap, distanceBias, …), applied in order. */
  readonly score?: readonly ScoreTerm[] | undefined;
}

export interface BlockTopKResult extends AttentionResult {
  /** Int32 [b, h, queryBlocks, min(topK, keyBlocks)]: the selected key blocks, ascending; −1 where there are fewer candidates. */
  readonly selected: Tensor;
}

/**
 * The key blocks that score highest with each query block, by the product of their means: a run-time list for `sparseAttention`'s
 * `selected`. With `causal` a query block is scored by its first query alone, for which the later ones are the future. The choice has no
 * gradient.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d], float32; h a multiple of hkv: every query head chooses for itself
 * @returns int32 [b, h, queryBlocks, min(topK, keyBlocks)], ascending, −1 where there are fewer candidates; on the device, nothing is read back
 * @throws ShapeError when the arguments do not fit; ConfigError when a size is not an integer of at least 1
 * @cost O(n · d + (n / blockSize)² · d) time; 16 MB of scores at a time
 * @source Lu et al. 2025 (arXiv 2502.13189) §2.2, by blocks of queries instead of single ones
 * @example
 * const [q, k] = [tensor4d([1, 1, -1, -1], [1, 1, 4, 1]), tensor4d([3, 5, 1, 1, -9, 2], [1, 1, 6, 1])];
 * await blockTopK(q, k, { topK: 1, blockSize: 2 }).data(); // => [0, 2]
 */
export function blockTopK(q: Tensor, k: Tensor, options: BlockSelectionOptions): Tensor {
  const caller = 'blockTopK';
  requireKnown(caller, options, selectionNames);
  const { b, h, hkv, nq, nk, d } = dims(caller, { q: [q, 'b h nq d:float32'], k: [k, 'b hkv nk d:float32'] });
  requireFilled(caller, { b, h, hkv, nq, nk, d });
  requireKeyHeads(caller, { h, hkv });
  const sizes = { batch: b, heads: h, keyHeads: hkv, queryLength: nq, keyLength: nk };
  return selectedBlocksOf(q, k, sizes, choiceOf(caller, sizes, options));
}

function selectedBlocksOf(q: Tensor, k: Tensor, { batch, heads, keyHeads }: SelectionSizes, { geometry, rules, topK }: Choice): Tensor {
  const { blockSize, queryLength, keyLength } = geometry;
  const [queryBlocks, keyBlocks] = [blockCount(queryLength, blockSize), blockCount(keyLength, blockSize)];
  const [selected] = withoutGradient([q, k], (queries, keys) => {
    const [ofQueries, ofKeys] = [
      rules.causal ? firstOfBlocks(queries, blockSize) : blockMeans(queries, blockSize),
      blockMeans(keys, blockSize),
    ];
    const best = selectBest({ rows: batch * heads, queries: queryBlocks, candidates: keyBlocks, count: topK }, (from, to) => {
      const scores = matMul(queriesByKeyHead(ofQueries, keyHeads, from, to), ofKeys, false, true);
      return decided(reshape(scores, [batch, heads, to - from, keyBlocks]), maskedBlocks(geometry, rules, from, to));
    });
    return [best];
  });
  return selected;
}

export interface SelectBlocksOptions extends BlockSelectionOptions {
  readonly queryLength: number;
  readonly keyLength: number;
}

/**
 * The key blocks of the highest scores for each query block, from scores of any origin (a trained selector's, say). With `causal` the
 * scores themselves must not know of the future. The choice has no gradient.
 * @shape scores [b, h, queryBlocks, keyBlocks]
 * @returns int32 [b, h, queryBlocks, min(topK, keyBlocks)], ascending, −1 where there are fewer candidates
 * @throws ShapeError when there are not as many scores as pairs of blocks; ConfigError when a size is not an integer of at least 1
 * @cost a selection among the key blocks for each query block
 * @example
 * const scores = tensor4d([9, 1, 2, 9, 1, 2, 9, 1, 2], [1, 1, 3, 3]);
 * const sizes = { queryLength: 6, keyLength: 6, blockSize: 2 };
 * await selectBlocks(scores, { ...sizes, topK: 2 }).data(); // => [0, 2, 0, 2, 0, 2]
 * await selectBlocks(scores, { ...sizes, topK: 2, causal: true }).data(); // => [-1, -1, 0, -1, 0, 1]
 */
export function selectBlocks(scores: Tensor, options: SelectBlocksOptions): Tensor {
  const caller = 'selectBlocks';
  requireKnown(caller, options, { ...selectionNames, queryLength: true, keyLength: true });
  const { queryLength, keyLength } = options;
  requireInteger(caller, { queryLength, keyLength }, 1);
  const { b, h, queryBlocks, keyBlocks } = dims(caller, { scores: [scores, 'b h queryBlocks keyBlocks:float32'] });
  requireFilled(caller, { b, h, queryBlocks, keyBlocks });
  const { geometry, rules, topK } = choiceOf(caller, { batch: b, heads: h, queryLength, keyLength }, options);
  const expected = [queryLength, keyLength].map((length) => Math.ceil(length / geometry.blockSize));
  if (queryBlocks !== expected[0] || keyBlocks !== expected[1]) {
    throw new ConfigError({
      caller,
      problem: 'scores must have one number for each pair of blocks.',
      expected: `[b, h, ${expected.join(', ')}]  (${queryLength} and ${keyLength} tokens in blocks of ${geometry.blockSize})`,
      got: `[${scores.shape.join(', ')}]`,
      remedy: 'give the lengths and the block size that the scores were made with.',
    });
  }
  const [selected] = withoutGradient([scores], (given) => [
    selectBest({ rows: b * h, queries: queryBlocks, candidates: keyBlocks, count: topK }, (from, to) =>
      decided(slice(given, [0, 0, from, 0], [b, h, to - from, keyBlocks]), maskedBlocks(geometry, rules, from, to)),
    ),
  ]);
  return selected;
}

/**
 * A fixed pattern and blocks selected by the data in one softmax: each query attends to what the mask shows it, and the key blocks that
 * score highest with its block, each as a whole. A block that both name counts once. With `causal` neither a query nor its selection
 * depends on anything after it.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv
 * @returns out [b, h, nq, dv], logSumExp [b, h, nq], nats, and the selected blocks
 * @throws ShapeError when the arguments do not fit; ConfigError when a size is not an integer of at least 1
 * @cost O(n · (topK · blockSize + the mask's keys) · d + (n / blockSize)² · d) time; memory as sparseAttention
 * @source Lu et al. 2025 (arXiv 2502.13189); Zaheer et al. 2020 (arXiv 2007.14062) with its random blocks selected instead
 * @example
 * const [q, k, v] = [ones([1, 1, 6, 1]), tensor4d([5, 5, 1, 1, 0, 0], [1, 1, 6, 1]), tensor4d([1, 1, 2, 2, 3, 3], [1, 1, 6, 1])];
 * const { out, selected } = blockTopKAttention(q, k, v, { topK: 1, blockSize: 2, causal: true, mask: slidingWindow({ left: 0, right: 0 }) });
 * await selected.data(); // => [-1, 0, 0]
 * Array.from(await out.data(), (y) => Math.round(y * 100) / 100); // => [1, 1, 1.01, 1.01, 1.01, 1.01]
 */
export function blockTopKAttention(q: Tensor, k: Tensor, v: Tensor, options: BlockTopKOptions): BlockTopKResult {
  const caller = 'blockTopKAttention';
  requireKnown(caller, options, { ...selectionNames, mask: 'mask', scale: true, score: true });
  const { scale, score, blockSize = 64, causal = false, queryOffset } = options;
  const mask = options.mask ?? (causal ? slidingWindow({ left: blockSize - 1, right: 0 }) : nothing());
  const visible = causal ? mask.and(causalMask()) : mask;
  const call = attentionCall(caller, q, k, v, { mask: visible, blockSize, queryOffset, scale, score });
  const choice = choiceOf(caller, call.sizes, options);
  return tidy(() => {
    const selected = selectedBlocksOf(q, k, call.sizes, choice);
    return { ...runAttention({ ...call, selected }), selected };
  });
}

/** Sizes of what is selected from. */
type SelectionSizes = Pick<AttentionSizes, 'batch' | 'heads' | 'keyHeads' | 'queryLength' | 'keyLength'>;

interface Choice {
  readonly geometry: BlockGeometry;
  readonly rules: BlockRules;
  readonly topK: number;
}

/** The options of a choice, checked. */
function choiceOf(
  caller: string,
  { batch, heads, queryLength, keyLength }: Omit<SelectionSizes, 'keyHeads'>,
  { topK, blockSize = 64, candidates, causal = false, queryOffset = keyLength - queryLength }: BlockSelectionOptions,
): Choice {
  requireInteger(caller, { topK }, 1);
  requireInteger(caller, { blockSize }, 1, { atMost: largestBlock });
  requireInteger(caller, { queryOffset }, UNBOUNDED);
  for (const [axis, count] of [
    ['heads', heads],
    ['batch', batch],
  ] as const) {
    const held = candidates?.[axis] ?? 1;
    if (held === 1 || held === count) continue;
    throw new ConfigError({
      caller,
      problem: 'candidates must be made for these sizes.',
      expected: `${axis} 1 or ${count}  (set by the first argument)`,
      got: `${axis} ${held}: ${candidates?.name}`,
      remedy: 'give the mask one entry per head or batch row, or one that all share.',
    });
  }
  return { geometry: { queryLength, keyLength, blockSize, queryOffset }, rules: { candidates, causal }, topK };
}

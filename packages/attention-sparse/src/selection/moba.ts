import { type AttentionResult, dims } from '@longspan/core-tensor';
import { requireInteger, requireKeyHeads, requireKnown, requireScale } from '@longspan/core-tensor/error';
import { maskedScore, requireFilled } from '@longspan/core-tensor/kernel';
import { matMul, reshape, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { queryOffsetOf } from '../attention/query-offset.ts';
import { chunkAttention } from './by-chunk/chunk-attention.ts';
import { blockMeans } from './scoring/block-means.ts';
import { decided } from './scoring/decided.ts';
import { queriesByKeyHead, requiredScore, selectBest } from './scoring/select-best.ts';
import { withoutGradient } from './scoring/without-gradient.ts';

export interface MobaOptions {
  /** Keys of one block (`moba_chunk_size`), tokens; 64 by default. */
  readonly blockSize?: number | undefined;
  /** Blocks that each query attends to (`moba_topk`), its own among them. */
  readonly topK: number;
  /**
   * Whether a query attends to no block and no key after itself, as in the paper; false by default: blocks on both sides are candidates.
   */
  readonly causal?: boolean | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

export interface MobaResult extends AttentionResult {
  /** Int32 [b, h, nq, min(topK, blocks)]: the blocks that each query attended to, ascending; −1 where the mask allows fewer. */
  readonly selected: Tensor;
}

/**
 * Mixture of Block Attention: each query attends to its own block of keys and, of the others, those whose mean key scores highest with it.
 * All that it attends to shares one softmax; the choice has no gradient.
 *
 * With `causal` it decodes token by token: one query against the keys so far gives the row that one call over all tokens would give.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv: every query head chooses for itself
 * @returns out [b, h, nq, dv], logSumExp [b, h, nq], nats, and the selected blocks
 * @throws ShapeError when the arguments do not fit, or there are fewer keys than queries; ConfigError when a size is not an integer of at
 *   least 1, or a query stands beyond the keys
 * @cost O(nq · topK · blockSize · d + nq · nk / blockSize · d) time; memory of topK copies of some queries at a time
 * @source Lu et al. 2025 (arXiv 2502.13189) §2.2, algorithm 1
 * @example
 * const [q, v] = [ones([1, 1, 4, 8]), tensor4d([1, 3, 5, 7], [1, 1, 4, 1])];
 * const { out } = mobaAttention(q, q, v, { blockSize: 2, topK: 1, causal: true });
 * await out.data(); // => [1, 2, 5, 6]
 */
export function mobaAttention(q: Tensor, k: Tensor, v: Tensor, options: MobaOptions): MobaResult {
  const caller = 'mobaAttention';
  requireKnown(caller, options, { blockSize: true, topK: true, causal: 'flag', scale: true, queryOffset: true });
  const { topK, causal = false, scale } = options;
  const { b, h, hkv, nq, nk, d, dv } = dims(caller, {
    q: [q, 'b h nq d:float32'],
    k: [k, 'b hkv nk d:float32'],
    v: [v, 'b hkv nk dv:float32'],
  });
  requireFilled(caller, { b, h, hkv, nq, nk, d, dv });
  requireKeyHeads(caller, { h, hkv });
  requireInteger(caller, { blockSize: options.blockSize ?? 64, topK }, 1);
  const blockSize = Math.min(options.blockSize ?? 64, 8 * Math.ceil(nk / 8)); // all keys are one block then

  requireScale(caller, scale);
  const queryOffset = queryOffsetOf(caller, options.queryOffset, { nq, nk });
  return tidy(() => {
    const blocks = Math.ceil(nk / blockSize);
    const [selected] = withoutGradient([q, k], (queries, keys) => {
      const means = blockMeans(keys, blockSize);
      const best = selectBest({ rows: b * h, queries: nq, candidates: blocks, count: topK }, (from, to) => {
        const scores = matMul(queriesByKeyHead(queries, hkv, from, to), means, false, true);
        return decided(
          reshape(scores, [b, h, to - from, blocks]),
          candidacy({ from: from + queryOffset, to: to + queryOffset, blocks, blockSize, causal }),
        );
      });
      return [best];
    });
    return { ...chunkAttention(q, k, v, { selected, chunkSize: blockSize, scale, causal, queryOffset }), selected };
  });
}

/** Of queries at positions from … to: their own block always, blocks that begin after it never. @shape [to − from, blocks] */
function candidacy({
  from,
  to,
  blocks,
  blockSize,
  causal,
}: {
  readonly from: number;
  readonly to: number;
  readonly blocks: number;
  readonly blockSize: number;
  readonly causal: boolean;
}): Tensor {
  const table = new Float32Array((to - from) * blocks);
  for (let query = from; query < to; query++) {
    const own = Math.floor(query / blockSize);
    const row = (query - from) * blocks;
    table[row + own] = requiredScore;
    if (causal) table.fill(maskedScore, row + own + 1, row + blocks);
  }
  return tensor2d(table, [to - from, blocks]);
}

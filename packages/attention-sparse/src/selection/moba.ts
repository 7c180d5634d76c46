import { type AttentionResult, dims } from '@longspan/core-tensor';
import { requireInteger, requireKeyHeads, requireKnown, requireScale } from '@longspan/core-tensor/error';
import { maskedScore, requireFilled } from '@longspan/core-tensor/kernel';
import { add, matMul, reshape, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { chunkAttention } from './by-chunk/chunk-attention.ts';
import { blockMeans } from './scoring/block-means.ts';
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
}

export interface MobaResult extends AttentionResult {
  /** Int32 [b, h, n, topK]: the blocks that each query attended to, ascending; −1 where there are fewer. */
  readonly selected: Tensor;
}

/**
 * Mixture of Block Attention: each query attends to its own block of keys and, of the others, those whose mean key scores highest with it.
 * All that it attends to shares one softmax; the choice has no gradient.
 * @shape q [b, h, n, d]; k [b, hkv, n, d]; v [b, hkv, n, dv], float32; h a multiple of hkv: every query head chooses for itself
 * @returns out [b, h, n, dv], logSumExp [b, h, n], nats, and the selected blocks
 * @throws ShapeError when the arguments do not fit; ConfigError when a size is not an integer of at least 1
 * @cost O(n · topK · blockSize · d + n² / blockSize · d) time; memory of topK copies of some queries at a time
 * @source Lu et al. 2025 (arXiv 2502.13189) §2.2, algorithm 1
 * @example
 * const [q, v] = [ones([1, 1, 4, 8]), tensor4d([1, 3, 5, 7], [1, 1, 4, 1])];
 * const { out } = mobaAttention(q, q, v, { blockSize: 2, topK: 1, causal: true });
 * await out.data(); // => [1, 2, 5, 6]
 */
export function mobaAttention(q: Tensor, k: Tensor, v: Tensor, options: MobaOptions): MobaResult {
  const caller = 'mobaAttention';
  requireKnown(caller, options, { blockSize: true, topK: true, causal: 'flag', scale: true });
  const { blockSize = 64, topK, causal = false, scale } = options;
  const { b, h, hkv, n } = dims(caller, {
    q: [q, 'b h n d:float32'],
    k: [k, 'b hkv n d:float32'],
    v: [v, 'b hkv n dv:float32'],
  });
  requireFilled(caller, { b, h, hkv, n });
  requireKeyHeads(caller, { h, hkv });
  requireInteger(caller, { blockSize, topK }, 1);
  requireScale(caller, scale);
  return tidy(() => {
    const blocks = Math.ceil(n / blockSize);
    const [selected] = withoutGradient([q, k], (queries, keys) => {
      const means = blockMeans(keys, blockSize);
      const best = selectBest({ rows: b * h, queries: n, candidates: blocks, count: topK }, (from, to) => {
        const scores = matMul(queriesByKeyHead(queries, hkv, from, to), means, false, true);
        return add(reshape(scores, [b, h, to - from, blocks]), candidacy({ from, to, blocks, blockSize, causal }));
      });
      return [best];
    });
    return { ...chunkAttention(q, k, v, { selected, chunkSize: blockSize, scale, causal, queryOffset: 0 }), selected };
  });
}

/** The query's own block always, blocks that begin after it never. @shape [to − from, blocks] */
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

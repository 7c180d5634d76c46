import { type AttentionResult, dims } from '@longspan/core-tensor';
import { requireInteger, requireKeyHeads } from '@longspan/core-tensor/error';
import { maskedScore } from '@longspan/core-tensor/kernel';
import { add, matMul, reshape, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { chunkAttention } from './by-chunk/chunk-attention.ts';
import { chooseBest, queriesByKeyHead, requiredScore } from './scoring/best.ts';
import { blockMeans } from './scoring/block-means.ts';
import { untaped } from './scoring/untaped.ts';

export interface MobaOptions {
  /** Keys of one chunk (`moba_chunk_size`), tokens. */
  readonly chunkSize: number;
  /** Chunks that each query sees (`moba_topk`), its own among them. */
  readonly topK: number;
  /** Whether a query sees no chunk and no key after itself; true when absent. */
  readonly causal?: boolean;
  /** What scores are multiplied by; 1 / sqrt(headDim) when absent. */
  readonly scale?: number;
}

export interface MobaResult extends AttentionResult {
  /** Int32 [b, h, n, topK]: the chunks that each query saw, rising; −1 where there are fewer. */
  readonly chosen: Tensor;
}

/**
 * Mixture of Block Attention: each query sees its own chunk of keys and, of the others, those whose mean key it likes best. All that it
 * sees shares one softmax; the choice has no gradient. With `causal: false` chunks on both sides are candidates.
 * @shape q [b, h, n, d]; k [b, hkv, n, d]; v [b, hkv, n, dv], float32; h a multiple of hkv: every query head chooses for itself
 * @returns out [b, h, n, dv], logSumExp [b, h, n], nats, and the chosen chunks
 * @throws ShapeError when the arguments do not fit; ConfigError when a size is not an integer of at least 1
 * @cost O(n · topK · chunkSize · d + n² / chunkSize · d) time; memory of topK copies of some queries at a time
 * @source Lu et al. 2025 (arXiv 2502.13189) §2.2, algorithm 1
 * @example
 * const [q, v] = [ones([1, 1, 4, 8]), tensor4d([1, 3, 5, 7], [1, 1, 4, 1])];
 * const { out } = mobaAttention(q, q, v, { chunkSize: 2, topK: 1 });
 * await out.data(); // => [1, 2, 5, 6]
 */
export function mobaAttention(q: Tensor, k: Tensor, v: Tensor, { chunkSize, topK, causal = true, scale }: MobaOptions): MobaResult {
  const caller = 'mobaAttention';
  const { b, h, hkv, n } = dims(caller, { q: [q, 'b h n d'], k: [k, 'b hkv n d'], v: [v, 'b hkv n dv'] });
  requireKeyHeads(caller, { h, hkv });
  requireInteger(caller, { chunkSize, topK }, 1);
  return tidy(() => {
    const chunks = Math.ceil(n / chunkSize);
    const [chosen] = untaped([q, k], (queries, keys) => {
      const means = blockMeans(keys, chunkSize);
      const best = chooseBest({ rows: b * h, queries: n, candidates: chunks, count: topK }, (from, to) => {
        const scores = matMul(queriesByKeyHead(queries, hkv, from, to), means, false, true);
        return add(reshape(scores, [b, h, to - from, chunks]), candidacy({ from, to, chunks, chunkSize, causal }));
      });
      return [best];
    });
    return { ...chunkAttention(q, k, v, { chosen, chunkSize, scale, causal, queryOffset: 0 }), chosen };
  });
}

/** The query's own chunk always, chunks that begin after it never. @shape [to − from, chunks] */
function candidacy({
  from,
  to,
  chunks,
  chunkSize,
  causal,
}: {
  readonly from: number;
  readonly to: number;
  readonly chunks: number;
  readonly chunkSize: number;
  readonly causal: boolean;
}): Tensor {
  const table = new Float32Array((to - from) * chunks);
  for (let query = from; query < to; query++) {
    const own = Math.floor(query / chunkSize);
    const row = (query - from) * chunks;
    table[row + own] = requiredScore;
    if (causal) table.fill(maskedScore, row + own + 1, row + chunks);
  }
  return tensor2d(table, [to - from, chunks]);
}

import { type AttentionResult, blockSparseAttention, gatherRows, originalPositions } from '@longspan/core-tensor';
import { add, greaterEqual, maximum, mul, range, reshape, scalar, type Tensor, tidy, where } from '@tensorflow/tfjs-core';
import { createLayout } from '../layout.ts';
import { nothing } from '../mask/index.ts';
import { groupByChunk } from './group-by-chunk.ts';
import { mergeParts } from './merge-parts.ts';

export interface ChunkAttentionOptions {
  /** Int32 [b, h, nq, width]: the chunks of keys that each query sees, none twice; −1 where it sees fewer. */
  readonly chosen: Tensor;
  /** Keys of one chunk. */
  readonly chunkSize: number;
  /** What scores are multiplied by; 1 / sqrt(headDim) when absent. */
  readonly scale?: number | undefined;
  /** Whether a query sees no key after itself, by its position `queryOffset + index`. */
  readonly causal: boolean;
  readonly queryOffset: number;
}

/**
 * The largest block that fills a chunk without remainder: up to 64 tokens, and at least 16 unless the chunk itself is smaller. A chunk
 * without such a divisor is one block.
 */
function blockSizeOf(chunkSize: number): number {
  for (let size = Math.min(64, chunkSize); size >= Math.min(16, chunkSize); size--) if (chunkSize % size === 0) return size;
  return chunkSize;
}

/**
 * Attention in which every query sees whole chunks of keys that were chosen for it, in one softmax.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv]
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq]
 * @cost 2 · nq · width · chunkSize · (d + dv) multiply-adds; memory of width copies of the queries and of the results
 */
export function chunkAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { chosen, chunkSize, scale, causal, queryOffset }: ChunkAttentionOptions,
): AttentionResult {
  const [batch = 0, heads = 0, queries = 0, headDim = 0] = q.shape;
  const [keyLength = 0, valueDim = 0] = v.shape.slice(2);
  const width = chosen.shape[3] as number;
  const blockSize = blockSizeOf(chunkSize);
  return tidy(() => {
    const { slots, queryOfSlot, slotOfChoice, selected } = groupByChunk(chosen, {
      chunks: Math.ceil(keyLength / chunkSize),
      blockSize,
      blocksPerChunk: chunkSize / blockSize,
      keyBlocks: Math.ceil(keyLength / blockSize),
    });
    const firstQuery = mul(reshape(range(0, batch * heads, 1, 'int32'), [batch, heads, 1]), scalar(queries, 'int32'));
    const moved = gatherRows(reshape(q, [-1, headDim]), add(maximum(queryOfSlot, scalar(0, 'int32')), firstQuery));
    // A place left empty keeps the position −1: it sees nothing.
    const occupied = greaterEqual(queryOfSlot, scalar(0, 'int32'));
    const position = where(occupied, add(queryOfSlot, scalar(queryOffset, 'int32')), queryOfSlot);
    const { out, logSumExp } = blockSparseAttention(moved, k, v, {
      layout: createLayout(nothing(), { queryLength: slots, keyLength, blockSize, queryOffset: 0 }),
      selected,
      score: [originalPositions({ query: position, key: reshape(range(0, keyLength, 1, 'int32'), [1, 1, keyLength]), causal })],
      ...(scale === undefined ? {} : { scale }),
    });
    const parts = gatherRows(reshape(out, [-1, valueDim]), slotOfChoice);
    const weights = gatherRows(reshape(logSumExp, [-1, 1]), slotOfChoice);
    return mergeParts(reshape(parts, [batch, heads, queries, width, valueDim]), reshape(weights, [batch, heads, queries, width]));
  });
}

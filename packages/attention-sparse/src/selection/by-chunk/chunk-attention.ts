import { type AttentionResult, gatherRows, originalPositions } from '@longspan/core-tensor';
import {
  attentionForward,
  attentionGradients,
  chunkBudget,
  chunksOf,
  defineOp,
  inChunks,
  itemsPerChunk,
  joinedParts,
  type Op,
  partOf,
  scatterRows,
  sumInChunks,
  type UncheckedCallOptions,
  uncheckedCall,
  weighted,
  zeroIfMasked,
} from '@longspan/core-tensor/kernel';
import { createLayout, type Span } from '@longspan/core-tensor/layout';
import {
  add,
  dispose,
  expandDims,
  fill,
  greaterEqual,
  maximum,
  mul,
  range,
  reshape,
  scalar,
  squeeze,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { nothing } from '../../mask/index.ts';
import { groupByChunk } from './group-by-chunk.ts';

export interface ChunkAttentionOptions {
  /** Int32 [b, h, nq, width]: the chunks of keys that each query attends to, none twice; −1 where it attends to fewer. */
  readonly selected: Tensor;
  /** Keys of one chunk. */
  readonly chunkSize: number;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Whether a query attends to no key after itself, by its position `queryOffset + index`. */
  readonly causal: boolean;
  readonly queryOffset: number;
  /** Numbers of copied queries that may be there at a time; 64 MB of them by default. */
  readonly budget?: number | undefined;
}

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor, selected: Tensor];
type Attributes = Required<Omit<ChunkAttentionOptions, 'selected'>> & { readonly scale: number };

/**
 * The largest block that fills a chunk without remainder: up to 64 tokens, and at least 16 unless the chunk itself is smaller. A chunk
 * without such a divisor is one block.
 */
function blockSizeOf(chunkSize: number): number {
  for (let size = Math.min(64, chunkSize); size >= Math.min(16, chunkSize); size--) if (chunkSize % size === 0) return size;
  return chunkSize;
}

/** The queries that are worked on together. They are padded by up to a block for every chunk of keys, so they are never few. */
function chunksOfQueries([q, , v, selected]: Inputs, { chunkSize, budget }: Attributes): readonly Span[] {
  const [batch = 0, heads = 0, queries = 0, width = 0] = selected.shape;
  const perQuery = batch * heads * width * Math.max(q.shape[3] as number, v.shape[3] as number);
  const padding = Math.ceil((v.shape[2] as number) / chunkSize) * blockSizeOf(chunkSize);
  return chunksOf(queries, Math.max(itemsPerChunk(perQuery, budget), Math.ceil(padding / width)));
}

/** Queries gathered by the chunks that they selected. */
interface QueriesByChunk {
  readonly options: UncheckedCallOptions;
  /** Bool [b, h, slots]: whether a query stands there. */
  readonly occupied: Tensor;
  /** Copies of rows of queries from … on. @shape x [b, h, count, width] -> [b, h, slots, width] */
  copied(x: Tensor): Tensor;
  /** What each query's choices have become. @shape x [b, h, slots, ...size] -> [b, h, count, width, ...size] */
  back(x: Tensor, size: number): Tensor;
  /** The inverse of `back` for numbers: 0 in a place left empty. @shape x [b, h, count, width] -> [b, h, slots] */
  there(x: Tensor): Tensor;
}

function queriesByChunk(
  selected: Tensor,
  from: number,
  keyLength: number,
  { chunkSize, scale, causal, queryOffset }: Attributes,
): QueriesByChunk {
  const [batch = 0, heads = 0, queries = 0, width = 0] = selected.shape;
  const blockSize = blockSizeOf(chunkSize);
  const {
    slots,
    queryOfSlot,
    slotOfChoice,
    selected: keyBlocks,
  } = groupByChunk(selected, {
    chunks: Math.ceil(keyLength / chunkSize),
    blockSize,
    blocksPerChunk: chunkSize / blockSize,
    keyBlocks: Math.ceil(keyLength / blockSize),
  });
  const first = mul(reshape(range(0, batch * heads, 1, 'int32'), [batch, heads, 1]), scalar(queries, 'int32'));
  const rows = add(maximum(queryOfSlot, scalar(0, 'int32')), first);
  const occupied = greaterEqual(queryOfSlot, scalar(0, 'int32'));
  // A place left empty keeps the position −1: it attends to nothing.
  const position = where(occupied, add(queryOfSlot, scalar(queryOffset + from, 'int32')), queryOfSlot);
  const key = reshape(range(0, keyLength, 1, 'int32'), [1, 1, keyLength]);
  return {
    options: {
      layout: createLayout(nothing(), { queryLength: slots, keyLength, blockSize, queryOffset: 0 }),
      selected: keyBlocks,
      score: [originalPositions({ query: position, key, causal })],
      scale,
    },
    occupied,
    copied: (x) => gatherRows(reshape(x, [batch * heads * queries, -1]), rows),
    back: (x, size) => reshape(gatherRows(reshape(x, [batch * heads * slots, size]), slotOfChoice), [batch, heads, queries, width, size]),
    there: (x) => reshape(scatterRows(slotOfChoice, reshape(x, [-1]), batch * heads * slots), [batch, heads, slots]),
  };
}

// Each choice is attention of its own over one chunk, and a query's are joined by their log-sum-exps, which are kept for the backward pass
// with what rounding took from them. Copies of queries are not: they are recomputed.
const attend: Op<Inputs, [Tensor, Tensor, Tensor, Tensor], Attributes> = defineOp({
  name: 'LongspanChunkAttention',
  forward(inputs: Inputs, attributes: Attributes): [Tensor, Tensor, Tensor, Tensor] {
    const [q, k, v, selected] = inputs;
    const [keyLength = 0, valueDim = 0] = v.shape.slice(2);
    const [out, logSumExp, ofChoices, rests] = inChunks(chunksOfQueries(inputs, attributes), 2, (chunk) => {
      const { options, copied, back } = queriesByChunk(partOf(selected, chunk, 2), chunk.start, keyLength, attributes);
      const ofSlots = attentionForward(uncheckedCall(copied(partOf(q, chunk, 2)), k, v, options));
      const ofRows = (x: Tensor): Tensor => squeeze(back(x, 1), [4]);
      const parts = { logSumExp: ofRows(ofSlots.logSumExp), roundedOff: ofRows(ofSlots.roundedOff) };
      const joined = joinedParts(parts, 3);
      const merged = sum(weighted(back(ofSlots.out, valueDim), expandDims(joined.shares, 4)), 3);
      return [merged, joined.logSumExp, parts.logSumExp, parts.roundedOff];
    });
    return [out, logSumExp, ofChoices, rests];
  },
  save: { inputs: 'all', outputs: [0, 1, 2, 3] },
  // Of a part with the weight w = exp(part − whole) the cotangents are w · dOut and w · dWhole, beside the joined out.
  gradient({ inputs, outputs: [out, whole, ofChoices, rests] }, [dOut, dWhole], attributes) {
    const [q, k, v, selected] = inputs;
    const [headDim, keyLength] = [q.shape[3] as number, k.shape[2] as number];
    const [dq, dk, dv] = sumInChunks(chunksOfQueries(inputs, attributes), 2, (chunk) => {
      const part = (x: Tensor): Tensor => partOf(x, chunk, 2);
      const { options, occupied, copied, back, there } = queriesByChunk(part(selected), chunk.start, keyLength, attributes);
      const [parts, joint] = [{ logSumExp: part(ofChoices), roundedOff: part(rests) }, part(whole)];
      const weights = joinedParts(parts, 3).shares;
      const logSumExp = where(occupied, there(parts.logSumExp), fill(occupied.shape, Number.NEGATIVE_INFINITY));
      const [dCopies, dKeys, dValues] = attentionGradients(uncheckedCall(copied(part(q)), k, v, options), {
        out: copied(part(out)),
        logSumExp,
        roundedOff: there(parts.roundedOff),
        outCotangent: mul(copied(part(dOut)), expandDims(there(weights), 3)),
        logSumExpCotangent: there(mul(weights, expandDims(zeroIfMasked(joint, part(dWhole)), 3))),
      }) as [Tensor, Tensor, Tensor];
      return [sum(back(dCopies, headDim), 3), dKeys, dValues];
    });
    return [dq, dk, dv, null];
  },
});

/**
 * Attention in which every query attends to whole chunks of keys that were selected for it, in one softmax.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv]
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq]
 * @cost 2 · nq · width · chunkSize · (d + dv) multiply-adds; memory of width copies of some queries at a time, O(n) for the backward pass
 */
export function chunkAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { selected, scale = 1 / Math.sqrt(q.shape[3] as number), budget = 4 * chunkBudget, ...rest }: ChunkAttentionOptions,
): AttentionResult {
  const [out, logSumExp, ...ofChoices] = attend([q, k, v, selected], { ...rest, scale, budget });
  dispose(ofChoices);
  return { out, logSumExp };
}

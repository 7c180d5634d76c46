import {
  abs,
  add,
  equal,
  exp,
  fill,
  gather,
  less,
  lessEqual,
  logicalOr,
  minimum,
  mul,
  onesLike,
  reshape,
  sub,
  type Tensor,
  tensor,
  where,
} from '@tensorflow/tfjs-core';
import { ConfigError, isList, show } from '../../error/index.ts';
import { type BlockLayout, blockCount } from '../../layout/block-layout.ts';
import { dims } from '../../tensor/dims.ts';
import { rowsOf } from '../../tensor/rows-of.ts';
import type { AttentionCall } from './call.ts';
import { blockTable } from './reference/block-table.ts';
import { chunkOf, keysOf, queriesOf } from './reference/chunk.ts';
import { denominatorsOf } from './reference/forward.ts';
import { scoped } from './reference/scoped.ts';
import { scoresOf } from './reference/scores.ts';
import { visibleTiles } from './reference/visible-tiles.ts';
import { joined, type LogSums, weightsOf } from './reference/weights.ts';
import type { RowWeights } from './rows-of-weights.ts';

export interface AttentionRowsOptions {
  /** [b, h, nq], as the attention gave it. */
  readonly logSumExp: Tensor;
  /** Indices of the queries whose rows to compute. */
  readonly queries: readonly number[];
}

/**
 * The exact softmax weights of some queries, recomputed from the log-sum-exp. Never n x n. Dropout takes no part: these
 * are the weights before it.
 * @param call the attention, checked; its values and its `selected` take no part
 * @shape logSumExp [b, h, nq]
 * @throws ShapeError, ConfigError when a query is not there, logSumExp does not fit, or a term is blockBias
 * @cost O(b · h · queries · the most keys that one of them attends to · d) time and memory
 */
export function attentionRows(caller: string, call: AttentionCall, { logSumExp, queries }: AttentionRowsOptions): RowWeights {
  dims(caller, { q: [call.q, 'b h nq d'], logSumExp: [logSumExp, 'b h nq'] });
  requireQueries(caller, queries, call.layout.queryLength);
  return rowsOfWeights(caller, call, queries, logSumExp);
}

/** Throws unless there are some, each one of that many. */
export function requireQueries(caller: string, queries: readonly number[], length: number): void {
  const isOutside = (query: unknown): boolean => !Number.isInteger(query) || (query as number) < 0 || (query as number) >= length;
  const given = isList(queries) ? Array.from(queries) : undefined; // a detached array has no numbers
  const at = given?.findIndex(isOutside);
  if (given !== undefined && given.length > 0 && at === -1) return;
  throw new ConfigError({
    caller,
    problem: 'queries must be indices of q.',
    expected: `one or more integers of 0 … ${length - 1}`,
    got: given === undefined ? show(queries) : at === -1 ? 'none' : show(given[at as number]),
    remedy: 'give each query by its index.',
  });
}

/**
 * The same of some heads alone, as a layer is asked for them.
 * @throws as attentionRows; ConfigError when a head is not there
 */
export function askedAttentionRows(
  caller: string,
  call: AttentionCall,
  { logSumExp, queries, heads }: AttentionRowsOptions & { readonly heads?: readonly number[] | undefined },
): RowWeights {
  const rows = attentionRows(caller, call, { logSumExp, queries });
  return heads === undefined ? rows : rowsOfHeads(caller, rows, heads);
}

/** Some heads of rows. */
export function rowsOfHeads(caller: string, { keys, weights }: RowWeights, heads: readonly number[]): RowWeights {
  const count = keys.shape[1] as number;
  const outside = heads.find((head) => !Number.isInteger(head) || head < 0 || head >= count);
  if (outside !== undefined || heads.length === 0) {
    throw new ConfigError({
      caller,
      problem: 'heads must be heads of the attention.',
      expected: `one or more integers of 0 … ${count - 1}`,
      got: heads.length === 0 ? 'none' : String(outside),
      remedy: 'leave heads out for all of them.',
    });
  }
  const chosen = tensor(Int32Array.from(heads), [heads.length], 'int32');
  return { keys: gather(keys, chosen, 1), weights: gather(weights, chosen, 1) };
}

/** The layout is read as lists of single keys, blocks of one token, so that every score term means what it means in the kernel. */
function rowsOfWeights(caller: string, call: AttentionCall, queries: readonly number[], logSumExp: Tensor): RowWeights {
  const { batch, heads, queryLength, keyLength } = call.sizes;
  if (call.terms.some(({ kind }) => kind === 'blockBias')) {
    throw new ConfigError({
      caller,
      problem: 'the score terms of single queries must be distanceBias, cellBias or bias.',
      expected: 'score terms without blockBias',
      got: 'a blockBias term',
      remedy: 'use distanceBias, cellBias or bias.',
    });
  }
  const lists = Array.from({ length: batch * heads * queries.length }, (_, at) => {
    const sequence = Math.floor(at / queries.length);
    return visibleKeys(call.layout, Math.floor(sequence / heads), sequence % heads, queries[at % queries.length] as number);
  });
  const rows = Int32Array.from(lists, (_, at) => Math.floor(at / queries.length) * queryLength + (queries[at % queries.length] as number));
  const width = lists.reduce((most, { length }) => Math.max(most, length), 1);
  const listed = new Int32Array(rows.length * width).fill(-1);
  let entries = 0;
  lists.forEach((list, row) => {
    list.forEach((_, at) => {
      listed[row * width + at] = entries + at;
    });
    entries += list.length;
  });
  const none = { indptr: new Int32Array(1), indices: new Int32Array(0), tileIndices: new Int32Array(0) };
  const single: BlockLayout = {
    ...call.layout,
    blockSize: 1,
    indptr: none.indptr,
    indices: Int32Array.from(lists.flat()),
    tileIndices: new Int32Array(entries).fill(-1),
    bitmaps: new Uint32Array(0),
    transposed: none,
  };
  return scoped(() => {
    const planned = { rows, width, listed };
    const chunk = chunkOf({ ...call, layout: single }, planned, visibleTiles(single)(planned));
    const own = queriesOf(planned);
    const query = blockTable(call.q, queryLength, 1)(own);
    const key = blockTable(call.k, keyLength + 1, 1)(keysOf(chunk));
    const ofKeys = weightsOf(scoresOf(call)(chunk, query, key));
    const whole = blockTable(reshape(logSumExp, [...logSumExp.shape, 1]), queryLength, 1)(own);
    const sinks = denominatorsOf(call).map((sink) => sinkOfRows(sink, chunk.heads));
    const shape = [batch, heads, queries.length, width];
    const shown = mul(ofKeys.weights, shareOfWhole(ofKeys.logSums(), sinks, whole));
    const keys = where(less(chunk.blocks, keyLength), chunk.blocks, fill(chunk.blocks.shape, -1, 'int32'));
    const value = { keys: reshape(keys, shape), weights: reshape(shown, shape) };
    return { value, outlive: [value.keys, value.weights] };
  });
}

/** One number for each head as one for each row, [rows, 1, 1]. */
const sinkOfRows = (sink: Tensor, heads: Int32Array): Tensor =>
  reshape(rowsOf(reshape(sink, [-1]), tensor(heads, [heads.length], 'int32')), [heads.length, 1, 1]);

/**
 * What rows of weights that sum to 1 are multiplied by, so that they are shares of the softmax whose log-sum-exp was given: exactly 1 where
 * that is the rows' own, to its last digits, which say nothing where scores lie far from 0.
 */
function shareOfWhole(ofKeys: LogSums, sinks: readonly Tensor[], given: Tensor): Tensor {
  let share = onesLike(given);
  let logSums = ofKeys;
  for (const sink of sinks) {
    const one = joined(logSums, sink);
    share = mul(share, one.weight);
    logSums = one.logSums;
  }
  const own = add(logSums.top, logSums.logSum);
  const isOwn = logicalOr(equal(own, given), lessEqual(abs(sub(own, given)), mul(abs(given), 2.5e-7)));
  return mul(share, where(isOwn, onesLike(own), exp(minimum(sub(own, given), 1))));
}

/** The keys that one query attends to, ascending. */
function visibleKeys(layout: BlockLayout, batchRow: number, head: number, query: number): number[] {
  const { blockSize, queryLength, keyLength, indptr, indices, tileIndices, bitmaps } = layout;
  const words = Math.ceil(blockSize / 32);
  const list =
    ((batchRow % layout.batch) * layout.heads + (head % layout.heads)) * blockCount(queryLength, blockSize) + Math.floor(query / blockSize);
  const keys: number[] = [];
  for (let at = indptr[list] as number; at < (indptr[list + 1] as number); at++) {
    const first = (indices[at] as number) * blockSize;
    const row = ((tileIndices[at] as number) * blockSize + (query % blockSize)) * words;
    for (let key = first; key < Math.min(first + blockSize, keyLength); key++) {
      const within = key - first;
      if (tileIndices[at] === -1 || (((bitmaps[row + (within >> 5)] as number) >>> (within & 31)) & 1) === 1) keys.push(key);
    }
  }
  return keys;
}

import { type AttentionResult, logSumExp as logSumExpOf } from '@longspan/core-tensor';
import {
  chunksOf,
  defineOp,
  inChunks,
  itemsPerChunk,
  maskedScore,
  mayBeSpoiled,
  type Op,
  partOf,
  rowsOf,
  scatterRows,
  sharesOf,
  sumInChunks,
  weightedSum,
  zeroIfMasked,
} from '@longspan/core-tensor/kernel';
import type { Span } from '@longspan/core-tensor/layout';
import {
  add,
  cast,
  concat,
  equal,
  expandDims,
  fill,
  floorDiv,
  greaterEqual,
  less,
  matMul,
  mul,
  range,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  type Tensor,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';

interface Attributes {
  readonly scale: number;
}

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor, selected: Tensor];

/** Some queries of all batch rows and heads, with the keys and values that they selected. */
interface Tile {
  /** [b · h · rows, 1, d] */
  readonly q: Tensor;
  /** [b · h · rows, width, d] and [.., width, dv]; zeros where no key was selected. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** [b · h · rows · width]: which row of all keys [b · hkv · nk] each one is; one further where none was selected. */
  readonly keyRows: Tensor;
  /** [b · h · rows, width]: 1 where a key was selected. */
  readonly made: Tensor;
  /** Scaled scores [b · h · rows, width], `maskedScore` where no key was selected. */
  readonly scores: Tensor;
}

/** The rows of all keys, or values, and behind them a row of zeros for where none was selected, so that no key's numbers stand there. */
const rowsAndNone = (x: Tensor): Tensor => {
  const size = x.shape[3] as number;
  return concat([reshape(x, [-1, size]), zeros([1, size])]);
};

/** @param keyTable,valueTable of `rowsAndNone` */
function tileOf([q, , v, selected]: Inputs, [keyTable, valueTable]: readonly [Tensor, Tensor], chunk: Span, scale: number): Tile {
  const count = chunk.end - chunk.start;
  const [batch = 0, heads = 0, , headDim = 0] = q.shape;
  const [, keyHeads = 0, keyLength = 0, valueDim = 0] = v.shape;
  const width = selected.shape[3] as number;
  const sequences = batch * heads;
  const listed = reshape(partOf(selected, chunk, 2), [sequences, count * width]);
  const head = range(0, sequences, 1, 'int32');
  const keySequence = floorDiv(head, scalar(heads / keyHeads, 'int32')); // h / hkv heads share a key head, and h is its multiple
  const first = reshape(mul(keySequence, scalar(keyLength, 'int32')), [sequences, 1]);
  const isMade = greaterEqual(listed, scalar(0, 'int32'));
  const none = fill([1, 1], (keyTable.shape[0] as number) - 1, 'int32');
  const keyRows = reshape(where(isMade, add(listed, first), none), [-1]);
  const queries = reshape(partOf(q, chunk, 2), [sequences * count, 1, headDim]);
  const gather = (table: Tensor, size: number): Tensor => reshape(rowsOf(table, keyRows), [sequences * count, width, size]);
  const keys = gather(keyTable, headDim);
  const made = reshape(cast(isMade, 'float32'), [sequences * count, width]);
  const products = mul(reshape(matMul(queries, keys, false, true), [sequences * count, width]), scale);
  const scores = where(equal(made, 1), products, fill(made.shape, maskedScore));
  return { q: queries, keys, values: gather(valueTable, valueDim), keyRows, made, scores };
}

/** The queries that are worked on together: as many as keys and values can be gathered for. */
function chunksOfQueries([q, , v, selected]: Inputs): readonly Span[] {
  const [batch = 0, heads = 0, queries = 0, headDim = 0] = q.shape;
  const perQuery = batch * heads * (selected.shape[3] as number) * Math.max(headDim, v.shape[3] as number);
  return chunksOf(queries, itemsPerChunk(perQuery));
}

const attend: Op<Inputs, [Tensor, Tensor], Attributes> = defineOp({
  name: 'LongspanSelectedKeys',
  forward(inputs: Inputs, { scale }: Attributes): [Tensor, Tensor] {
    const [batch = 0, heads = 0] = inputs[0].shape;
    const valueDim = inputs[2].shape[3] as number;
    const sumOfValues = weightedSum(mayBeSpoiled([inputs[2]]));
    const tables = [rowsAndNone(inputs[1]), rowsAndNone(inputs[2])] as const;
    const [out, logSumExp] = inChunks(chunksOfQueries(inputs), 2, (chunk) => {
      const count = chunk.end - chunk.start;
      const { scores, values, made } = tileOf(inputs, tables, chunk, scale);
      const whole = logSumExpOf(scores);
      const weights = mul(sharesOf(scores, 1), made);
      const ofQueries = sumOfValues(expandDims(weights, 1), values);
      const logs = where(less(whole, maskedScore / 2), fill(whole.shape, Number.NEGATIVE_INFINITY), whole);
      return [reshape(ofQueries, [batch, heads, count, valueDim]), reshape(logs, [batch, heads, count])];
    });
    return [out, logSumExp];
  },
  save: { inputs: 'all', outputs: [0, 1] },
  // With p the weights and D the sum of out · dOut: dScore = p · (dOut · v − D + dLogSumExp).
  gradient({ inputs, outputs: [out, logSumExp] }, [dOut, dLogSumExp], { scale }) {
    const [q, k, v] = inputs;
    const [headDim, valueDim] = [k.shape[3] as number, v.shape[3] as number];
    const tables = [rowsAndNone(k), rowsAndNone(v)] as const;
    const [keyRowCount, sequences] = [k.size / headDim, (q.shape[0] as number) * (q.shape[1] as number)];
    const [dq, dk, dv] = sumInChunks(chunksOfQueries(inputs), 2, (chunk) => {
      const count = chunk.end - chunk.start;
      const { q: queries, keys, values, keyRows, made, scores } = tileOf(inputs, tables, chunk, scale);
      const ofTile = (x: Tensor, ...rest: number[]): Tensor => reshape(partOf(x, chunk, 2), [sequences * count, ...rest]);
      const whole = ofTile(logSumExp, 1);
      const weights = mul(sharesOf(scores, 1), made);
      const cotangent = ofTile(dOut, 1, valueDim);
      const along = sum(mul(ofTile(out, 1, valueDim), cotangent), 2);
      // Of what has no weight, though it be NaN: 0 · NaN is NaN.
      const ofWeights = where(equal(weights, 0), zerosLike(weights), reshape(matMul(cotangent, values, false, true), weights.shape));
      const ofWhole = zeroIfMasked(whole, ofTile(dLogSumExp, 1));
      const ofScores = mul(mul(weights, add(sub(ofWeights, along), ofWhole)), scale);
      const scatter = (rows: Tensor, size: number): Tensor => scatterRows(keyRows, reshape(rows, [-1, size]), keyRowCount + 1);
      return [
        reshape(matMul(expandDims(ofScores, 1), keys), [...q.shape.slice(0, 2), count, headDim]),
        scatter(mul(expandDims(ofScores, 2), queries), headDim),
        scatter(mul(expandDims(weights, 2), cotangent), valueDim),
      ];
    });
    const ofRows = (table: Tensor, x: Tensor): Tensor => reshape(slice(table, [0, 0], [keyRowCount, -1]), x.shape);
    return [dq, ofRows(dk, k), ofRows(dv, v), null];
  },
});

/**
 * Attention in which every query attends to single keys that were selected for it.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv]; selected int32 [b, h, nq, width], none twice, −1 where unused
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq]
 * @cost 2 · nq · width · (d + dv) multiply-adds; the selected keys and values are gathered 16 MB at a time
 */
export function keyAttention(q: Tensor, k: Tensor, v: Tensor, selected: Tensor, scale: number): AttentionResult {
  const [out, logSumExp] = attend([q, k, v, selected], { scale });
  return { out, logSumExp };
}

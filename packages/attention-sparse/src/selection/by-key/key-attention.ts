import { type AttentionResult, logSumExp as logSumExpOf } from '@longspan/core-tensor';
import { defineOp, type Op, rowsOf, scatterRows } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  concat,
  equal,
  exp,
  expandDims,
  fill,
  floorDiv,
  greaterEqual,
  less,
  matMul,
  maximum,
  mul,
  range,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  type Tensor,
  tidy,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { never } from '../scoring/best.ts';

interface Attributes {
  readonly scale: number;
}

/** Numbers of gathered keys that are there at a time: 16 MB. */
const gatheredAtOnce = 1 << 22;

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor, chosen: Tensor];

/** Some queries of all batch rows and heads, with the keys and values that they chose. */
interface Tile {
  /** [b · h · rows, 1, d] */
  readonly q: Tensor;
  /** [b · h · rows, width, d] and [.., width, dv]; of a key that was not chosen, those of key 0. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** [b · h · rows · width]: which row of all keys [b · hkv · nk] each one is. */
  readonly keyRows: Tensor;
  /** [b · h · rows, width]: 1 where a key was chosen. */
  readonly made: Tensor;
  /** Scaled scores [b · h · rows, width], `never` where no key was chosen. */
  readonly scores: Tensor;
}

const queriesOf = (x: Tensor, from: number, count: number): Tensor =>
  slice(
    x,
    x.shape.map((_, axis) => (axis === 2 ? from : 0)),
    x.shape.map((size, axis) => (axis === 2 ? count : size)),
  );

function tileOf([q, k, v, chosen]: Inputs, from: number, count: number, scale: number): Tile {
  const [batch = 0, heads = 0, , headDim = 0] = q.shape;
  const [, keyHeads = 0, keyLength = 0, valueDim = 0] = v.shape;
  const width = chosen.shape[3] as number;
  const sequences = batch * heads;
  const listed = reshape(queriesOf(chosen, from, count), [sequences, count * width]);
  const head = range(0, sequences, 1, 'int32');
  const keySequence = floorDiv(head, scalar(heads / keyHeads, 'int32')); // h / hkv heads share a key head, and h is its multiple
  const first = reshape(mul(keySequence, scalar(keyLength, 'int32')), [sequences, 1]);
  const keyRows = reshape(add(maximum(listed, scalar(0, 'int32')), first), [-1]);
  const queries = reshape(queriesOf(q, from, count), [sequences * count, 1, headDim]);
  const gather = (x: Tensor, size: number): Tensor => reshape(rowsOf(reshape(x, [-1, size]), keyRows), [sequences * count, width, size]);
  const keys = gather(k, headDim);
  const made = reshape(cast(greaterEqual(listed, scalar(0, 'int32')), 'float32'), [sequences * count, width]);
  const products = mul(reshape(matMul(queries, keys, false, true), [sequences * count, width]), scale);
  const scores = add(mul(products, made), mul(sub(1, made), never));
  return { q: queries, keys, values: gather(v, valueDim), keyRows, made, scores };
}

/** The stretches of queries that are worked on one after another. */
function stretches([q, , v, chosen]: Inputs): readonly { readonly from: number; readonly count: number }[] {
  const [batch = 0, heads = 0, queries = 0, headDim = 0] = q.shape;
  const perQuery = batch * heads * (chosen.shape[3] as number) * Math.max(headDim, v.shape[3] as number);
  const step = Math.max(1, Math.floor(gatheredAtOnce / Math.max(1, perQuery)));
  return Array.from({ length: Math.ceil(queries / step) }, (_, nth) => ({
    from: nth * step,
    count: Math.min(step, queries - nth * step),
  }));
}

const joined = (parts: readonly Tensor[]): Tensor => (parts.length === 1 ? (parts[0] as Tensor) : concat([...parts], 2));

const attend: Op<Inputs, [Tensor, Tensor], Attributes> = defineOp({
  name: 'LongspanChosenKeys',
  forward(inputs: Inputs, { scale }: Attributes): [Tensor, Tensor] {
    const [batch = 0, heads = 0] = inputs[0].shape;
    const valueDim = inputs[2].shape[3] as number;
    const tiles = stretches(inputs).map(({ from, count }) =>
      tidy(() => {
        const { scores, values, made } = tileOf(inputs, from, count, scale);
        const whole = logSumExpOf(scores);
        const weights = mul(exp(sub(scores, expandDims(whole, 1))), made);
        const out = matMul(expandDims(weights, 1), values);
        const seen = where(less(whole, never / 2), fill(whole.shape, Number.NEGATIVE_INFINITY), whole);
        return { out: reshape(out, [batch, heads, count, valueDim]), logSumExp: reshape(seen, [batch, heads, count]) };
      }),
    );
    return [joined(tiles.map(({ out }) => out)), joined(tiles.map(({ logSumExp }) => logSumExp))];
  },
  save: { inputs: 'all', outputs: [0, 1] },
  // With p the weights and D the sum of out · dOut: dScore = p · (dOut · v − D + dLogSumExp).
  gradient({ inputs, outputs: [out, logSumExp] }, [dOut, dLogSumExp], { scale }) {
    const [q, k, v] = inputs;
    const [headDim, valueDim] = [k.shape[3] as number, v.shape[3] as number];
    const [keyRowCount, sequences] = [k.size / headDim, (q.shape[0] as number) * (q.shape[1] as number)];
    const dq: Tensor[] = [];
    let [dk, dv] = [zeros([keyRowCount, headDim]), zeros([keyRowCount, valueDim])];
    for (const { from, count } of stretches(inputs)) {
      const [dqPart, ...sums] = tidy(() => {
        const { q: queries, keys, values, keyRows, made, scores } = tileOf(inputs, from, count, scale);
        const ofTile = (x: Tensor, ...rest: number[]): Tensor => reshape(queriesOf(x, from, count), [sequences * count, ...rest]);
        const whole = ofTile(logSumExp, 1);
        const shift = where(equal(whole, Number.NEGATIVE_INFINITY), zerosLike(whole), whole);
        const weights = mul(exp(sub(scores, shift)), made);
        const cotangent = ofTile(dOut, 1, valueDim);
        const along = sum(mul(ofTile(out, 1, valueDim), cotangent), 2);
        const ofWeights = reshape(matMul(cotangent, values, false, true), weights.shape);
        const ofWhole = where(equal(whole, Number.NEGATIVE_INFINITY), zerosLike(whole), ofTile(dLogSumExp, 1));
        const ofScores = mul(mul(weights, add(sub(ofWeights, along), ofWhole)), scale);
        const scatter = (rows: Tensor, size: number): Tensor => scatterRows(keyRows, reshape(rows, [-1, size]), keyRowCount);
        return [
          reshape(matMul(expandDims(ofScores, 1), keys), [...q.shape.slice(0, 2), count, headDim]),
          add(dk, scatter(mul(expandDims(ofScores, 2), queries), headDim)),
          add(dv, scatter(mul(expandDims(weights, 2), cotangent), valueDim)),
        ];
      });
      dk.dispose();
      dv.dispose();
      dq.push(dqPart as Tensor);
      [dk, dv] = sums as [Tensor, Tensor];
    }
    return [joined(dq), reshape(dk, k.shape), reshape(dv, v.shape), null];
  },
});

/**
 * Attention in which every query sees single keys that were chosen for it.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv]; chosen int32 [b, h, nq, width], none twice, −1 where unused
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq]
 * @cost 2 · nq · width · (d + dv) multiply-adds; the chosen keys and values are gathered 16 MB at a time
 */
export function keyAttention(q: Tensor, k: Tensor, v: Tensor, chosen: Tensor, scale: number): AttentionResult {
  const [out, logSumExp] = attend([q, k, v, chosen], { scale });
  return { out, logSumExp };
}

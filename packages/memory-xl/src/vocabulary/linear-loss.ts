import { defineOp } from '@longspan/core-tensor/kernel';
import {
  add,
  concat,
  gatherND,
  log,
  matMul,
  max,
  mul,
  ones,
  range,
  reshape,
  scatterND,
  slice,
  softmax,
  stack,
  sub,
  type Tensor,
  tidy,
  transpose,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** So many logits may exist at one time: 16 MB. */
const mostLogits = 2 ** 22;

interface Attributes {
  /** Logits that may exist at one time. */
  readonly logits: number;
}

const linearLossOp = defineOp({
  name: 'LongspanLinearLoss',
  forward: ([rows, weight, bias, targets]: readonly [Tensor, Tensor, Tensor, Tensor], { logits: most }: Attributes) => {
    const transposed = transpose(weight);
    const losses = chunks(rows, weight, most).map((chunk) =>
      tidy(() => {
        const logits = logitsOf(rowsOf(rows, chunk), transposed, bias);
        const highest = max(logits, -1);
        // The largest probability is 1 / Σ exp(logit − highest): softmax is SIMD code on wasm, exp is not.
        const rest = log(max(softmax(logits), -1));
        return sub(sub(highest, gatherND(logits, cellsOf(targets, chunk))), rest);
      }),
    );
    return [losses.length === 1 ? (losses[0] as Tensor) : concat(losses)];
  },
  gradient: ({ inputs: [rows, weight, bias, targets] }, [dy], { logits: most }) => {
    const transposed = transpose(weight);
    const ofRows: Tensor[] = [];
    let [ofWeight, ofBias] = [zerosLike(weight), zerosLike(bias)];
    for (const chunk of chunks(rows, weight, most)) {
      const [x, w, b] = tidy(() => {
        const own = rowsOf(rows, chunk);
        const share = slice(dy, [chunk.start], [chunk.length]);
        const atTarget = scatterND(cellsOf(targets, chunk), share, [chunk.length, weight.shape[0] as number]);
        const logits = sub(mul(softmax(logitsOf(own, transposed, bias)), reshape(share, [-1, 1])), atTarget);
        return [
          matMul(logits, weight),
          add(ofWeight, matMul(transpose(logits), own)),
          add(ofBias, reshape(matMul(ones([1, chunk.length]), logits), [-1])),
        ] as [Tensor, Tensor, Tensor];
      });
      ofWeight.dispose();
      ofBias.dispose();
      [ofWeight, ofBias] = [w, b];
      ofRows.push(x);
    }
    return [ofRows.length === 1 ? (ofRows[0] as Tensor) : concat(ofRows), ofWeight, ofBias, null];
  },
});

interface Chunk {
  readonly start: number;
  readonly length: number;
}

function chunks(rows: Tensor, weight: Tensor, most: number): readonly Chunk[] {
  const count = rows.shape[0] as number;
  const length = Math.max(1, Math.floor(most / (weight.shape[0] as number)));
  return Array.from({ length: Math.ceil(count / length) }, (_, nth) => ({
    start: nth * length,
    length: Math.min(length, count - nth * length),
  }));
}

const rowsOf = (rows: Tensor, { start, length }: Chunk): Tensor => slice(rows, [start, 0], [length, rows.shape[1] as number]);

const logitsOf = (rows: Tensor, transposed: Tensor, bias: Tensor): Tensor => add(matMul(rows, transposed), bias);

/** [row within the chunk, target] of each row. */
const cellsOf = (targets: Tensor, { start, length }: Chunk): Tensor =>
  stack([range(0, length, 1, 'int32'), slice(targets, [start], [length])], 1);

/**
 * The negative logarithm, in nats, of what softmax(rows · weightᵀ + bias) gives to each row's target. The logits exist in chunks of
 * 16 MB only, and the backward pass computes them again.
 * @shape rows [n, d]; weight [classes, d]; bias [classes]; targets int32 [n], each a class; returns [n]
 * @param logits that may exist at one time; 2²² when absent
 * @cost O(n · classes · d) time, forward one product, backward three; a transposed copy of the weight
 */
export const linearLoss = (rows: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, logits: number = mostLogits): Tensor =>
  linearLossOp([rows, weight, bias, targets], { logits })[0];

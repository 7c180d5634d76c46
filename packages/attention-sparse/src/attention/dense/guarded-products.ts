import { defineOp } from '@longspan/core-tensor/kernel';
import {
  cast,
  equal,
  fill,
  greater,
  logicalNot,
  matMul,
  notEqual,
  sub,
  type Tensor,
  transpose,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** Neither NaN nor infinite. */
const isOrdinary = (x: Tensor): Tensor => equal(sub(x, x), 0);
const ordinary = (x: Tensor): Tensor => where(isOrdinary(x), x, zerosLike(x));
const turned = (x: Tensor): Tensor => transpose(x, [0, 1, 3, 2]);

/** weights · rows, where a weight of exactly 0 leaves its row out, though it be NaN or infinite: 0 · NaN is NaN. */
function sumOfShown(weights: Tensor, rows: Tensor): Tensor {
  const ofOrdinary = matMul(weights, ordinary(rows));
  const others = matMul(cast(notEqual(weights, 0), 'float32'), cast(logicalNot(isOrdinary(rows)), 'float32'));
  return where(greater(others, 0), fill(ofOrdinary.shape, Number.NaN), ofOrdinary);
}

const products = defineOp({
  name: 'LongspanDenseScores',
  forward: ([q, k]: readonly [Tensor, Tensor]) => [matMul(q, k, false, true)],
  save: { inputs: 'all' },
  gradient: ({ inputs: [q, k] }, [dy]) => [sumOfShown(dy, k), sumOfShown(turned(dy), q)],
});

const weighted = defineOp({
  name: 'LongspanDenseValues',
  forward: ([weights, v]: readonly [Tensor, Tensor]) => [sumOfShown(weights, v)],
  save: { inputs: 'all' },
  gradient: ({ inputs: [weights, v] }, [dy]) => [
    // What is NaN or infinite and has a weight has spoiled the output already; a product beyond float32 is nothing where there is no weight.
    where(notEqual(weights, 0), matMul(dy, ordinary(v), false, true), zerosLike(weights)),
    sumOfShown(turned(weights), dy),
  ],
});

const selected = defineOp({
  name: 'LongspanDenseSelected',
  forward: ([isSelected, x, other]: readonly [Tensor, Tensor, Tensor]) => [where(isSelected, x, other)],
  save: { inputs: [0] },
  gradient: ({ inputs: [isSelected] }, [dy]) => [null, where(isSelected as Tensor, dy, zerosLike(dy)), null],
});

/** `where` that selects the cotangent too, which tfjs multiplies: 0 · NaN is NaN. What it does not select has a gradient of exactly 0. */
export const select = (isSelected: Tensor, x: Tensor, other: Tensor): Tensor => selected([isSelected, x, other], {})[0];

/** The products of queries and keys; where the cotangent of a pair is exactly 0, neither takes anything from the other. */
export const scoresOf = (q: Tensor, k: Tensor): Tensor => products([q, k], {})[0];

/** The sums of values by their weights; where a weight is exactly 0, the value gives nothing. */
export const valuesOf = (weights: Tensor, v: Tensor): Tensor => weighted([weights, v], {})[0];

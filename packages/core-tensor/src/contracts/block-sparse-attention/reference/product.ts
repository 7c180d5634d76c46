import {
  cast,
  equal,
  fill,
  getBackend,
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

interface ProductOptions {
  readonly transposeA?: boolean | undefined;
  readonly transposeB?: boolean | undefined;
}

/**
 * Matrix products of a batch: [C, m, k] x [C, k, n]. tfjs-wasm multiplies by a transposed operand in scalar code (2 GF/s)
 * and without one, one product at a time, by XNNPACK (46 GF/s): so there operands are transposed beforehand.
 */
export function product(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: ProductOptions = {}): Tensor {
  if (getBackend() !== 'wasm') return matMul(a, b, transposeA, transposeB);
  return matMul(transposeA ? transpose(a, [0, 2, 1]) : a, transposeB ? transpose(b, [0, 2, 1]) : b);
}

/** The product of weights and rows: Σ a · b. */
export type WeightedSum = (weights: Tensor, rows: Tensor, options?: ProductOptions) => Tensor;

/** Weighted sums of rows of which some may be NaN or infinite: a weight of exactly 0 leaves its row out, where 0 · NaN would be NaN. */
const sumOfWeighted: WeightedSum = (weights, rows, options) => {
  const isOrdinary = equal(sub(rows, rows), 0);
  const ofFinite = product(weights, where(isOrdinary, rows, zerosLike(rows)), options);
  const spoiled = product(cast(notEqual(weights, 0), 'float32'), cast(logicalNot(isOrdinary), 'float32'), options);
  return where(greater(spoiled, 0), fill(ofFinite.shape, Number.NaN), ofFinite);
};

export const weightedSum = (mayBeSpoiled: boolean): WeightedSum => (mayBeSpoiled ? sumOfWeighted : product);

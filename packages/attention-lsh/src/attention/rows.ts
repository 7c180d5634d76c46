import { gatherND, reshape, scatterND, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Rows of all sequences [b, h, n, width] by flat row numbers, int32 [1, planes, m]: [1, planes, m, width].
 * gatherND and not gather: on wasm it copies whole rows, and gather's batchDims are wrong there.
 */
export function takeRows(x: Tensor, rows: Tensor): Tensor {
  const width = x.shape[3] as number;
  return reshape(gatherND(reshape(x, [-1, width]), reshape(rows, [-1, 1])), [...rows.shape, width]);
}

/** Numbers of all sequences [b, h, n] by flat places, int32 of any shape. */
export const takeNumbers = (x: Tensor, places: Tensor): Tensor =>
  reshape(gatherND(reshape(x, [-1]), reshape(places, [-1, 1])), places.shape);

/** Sums rows [1, planes, m, width] into zeros of [1, planes, n, width] by flat row numbers; a row may be met several times, or never. */
export function addRows(rows: Tensor, updates: Tensor, length: number): Tensor {
  const [, planes = 0, , width = 0] = updates.shape;
  const sums = scatterND(reshape(rows, [-1, 1]), reshape(updates, [-1, width]), [planes * length, width]);
  return reshape(sums, [1, planes, length, width]);
}

/** The numbers, each at its flat place; places are all of the shape's, each once. */
export const placeNumbers = (x: Tensor, places: Tensor, shape: number[]): Tensor =>
  reshape(scatterND(reshape(places, [-1, 1]), reshape(x, [-1]), [x.size]), shape);

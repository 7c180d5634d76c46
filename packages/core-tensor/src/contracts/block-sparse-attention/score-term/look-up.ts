import { add, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { gatherRows } from '../../../layer/embedding.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import type { Step } from './step.ts';

export const int = (value: number): Tensor => tensor(value, [], 'int32');

/** Int32 [C, 1, 1] of one number per row. */
export const rowInts = (values: Int32Array): Tensor => tensor(values, [values.length, 1, 1], 'int32');

/** Adds `table[index]` to the scores of a chunk; the cotangent is added up by index. */
export function addLookUp(table: Tensor, index: Tensor, scores: Tensor): Step {
  return {
    scores: add(scores, rowsOf(reshape(table, [-1]), index)),
    backward: (cotangent) => ({
      scores: cotangent,
      contributions: [{ tensor: 0, rows: reshape(index, [-1]), updates: reshape(cotangent, [-1, 1]) }],
    }),
  };
}

/**
 * Cells of a table by their flat index, with gradients on every backend.
 * @shape table, any; cells int32, as many as `shape` holds; returns `shape`
 * @cost one row gathered for each cell
 */
export const lookUp = (table: Tensor, cells: Tensor, shape: number[]): Tensor =>
  reshape(gatherRows(reshape(table, [-1, 1]), reshape(cells, [-1])), shape);

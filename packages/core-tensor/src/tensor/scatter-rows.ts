import { reshape, scatterND, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Adds each row to the row of a table of zeros that its number names: the transpose of `rowsOf`, for the inside of an op. A row may be
 * named several times (scatterND adds them up, on every backend of tfjs), or never.
 * @shape index int32 of any shape; updates [...index.shape, ...rest]; returns [rows, ...rest]
 * @cost one pass over the updates and one over the table
 */
export const scatterRows = (index: Tensor, updates: Tensor, rows: number): Tensor => {
  const rest = updates.shape.slice(index.rank);
  return scatterND(reshape(index, [-1, 1]), reshape(updates, [index.size, ...rest]), [rows, ...rest]);
};

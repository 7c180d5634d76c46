import { gatherRows } from '@longspan/core-tensor';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';

/** Cells of a table by their flat index. */
export const lookUp = (table: Tensor, cells: Tensor, shape: number[]): Tensor =>
  reshape(gatherRows(reshape(table, [-1, 1]), reshape(cells, [-1])), shape);

import { gatherND, reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Rows of a table [rows, …] by an int32 index of any shape: [...index.shape, …].
 * gatherND and not gather: on wasm it copies whole rows, where gather works out each element's place (0.1 GB/s).
 */
export const rowsOf = (table: Tensor, index: Tensor): Tensor =>
  reshape(gatherND(table, reshape(index, [-1, 1])), [...index.shape, ...table.shape.slice(1)]);

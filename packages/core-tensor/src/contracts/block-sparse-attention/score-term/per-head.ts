import { reshape, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { rowsOf } from '../../../tensor/rows-of.ts';
import type { Contribution, Place } from './step.ts';

/** One number per head, as [C, 1, 1]. */
export const perRow = (values: Tensor, { chunk }: Place): Tensor =>
  reshape(rowsOf(values, tensor(chunk.heads, [chunk.rows], 'int32')), [chunk.rows, 1, 1]);

/** The cotangent of one number per head: summed over each query block, then added up by head. */
export const byHead = (cotangent: Tensor, { chunk }: Place): Contribution => ({
  tensor: 0,
  rows: chunk.heads,
  updates: reshape(sum(cotangent, [1, 2]), [chunk.rows, 1]),
});

/** One number per head beside a table of pairs, [1, h, 1, 1]. */
export const ofHeads = (values: Tensor): Tensor => reshape(values, [1, values.size, 1, 1]);

import type { Padding } from '@longspan/core-tensor';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { reshape, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { type Segment, type Segments, segments as segmentsOf } from '../../mask/index.ts';

/** Segments that each begin a block of their own, and how tokens get there. */
export interface AlignedSegments {
  readonly segments: Segments;
  /** Which token stands at each aligned place; −1 for what fills up a block. */
  readonly queryOrder: Int32Array;
  readonly keyOrder: Int32Array;
}

export function alignedSegments({ queries, keys }: Segments, blockSize: number): AlignedSegments {
  return {
    segments: segmentsOf(alignedLengths(queries, blockSize), alignedLengths(keys, blockSize)),
    queryOrder: alignedOrder(queries, blockSize),
    keyOrder: alignedOrder(keys, blockSize),
  };
}

/** Blocks that a segment fills, the last one perhaps in part. */
export const blocksOf = ({ start, end }: Segment, blockSize: number): number => Math.ceil((end - start) / blockSize);

/** The segments' lengths, filled up to whole blocks. */
const alignedLengths = (list: readonly Segment[], blockSize: number): Record<string, number> =>
  Object.fromEntries(list.map((segment) => [segment.name, blocksOf(segment, blockSize) * blockSize]));

const alignedOrder = (list: readonly Segment[], blockSize: number): Int32Array =>
  Int32Array.from(
    list.flatMap((segment) =>
      Array.from({ length: blocksOf(segment, blockSize) * blockSize }, (_, at) =>
        segment.start + at < segment.end ? segment.start + at : -1,
      ),
    ),
  );

/** Tokens in another order. @shape x [b, h, n, d] -> [b, h, order.length, d] */
export function reordered(x: Tensor, order: Int32Array): Tensor {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape;
  if (order.length === length && order.every((from, to) => from === to)) return x;
  return reshape(reorderRows(reshape(x, [batch * heads, length, width]), order), [batch, heads, order.length, width]);
}

/** Where the tokens of that order stood; −1 for padding. @shape int32 [b|1, 1, order.length] */
export function positionsOf(order: Int32Array, padding?: Padding): Tensor {
  if (padding === undefined || !padding.some) return tensor3d(order, [1, 1, order.length], 'int32');
  const rows = padding.rows.map((row) => order.map((position) => (position >= 0 && row[position] === 1 ? position : -1)));
  return tensor3d(Int32Array.from(rows.flatMap((row) => Array.from(row))), [rows.length, 1, order.length], 'int32');
}

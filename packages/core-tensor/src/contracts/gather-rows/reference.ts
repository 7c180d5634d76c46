import {
  add,
  cast,
  equal,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  maximum,
  minimum,
  mul,
  reshape,
  scalar,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { rowsOf } from '../../tensor/rows-of.ts';
import { scatterRows } from '../../tensor/scatter-rows.ts';

export interface GatherRowsAttributes {
  /** The size of the table. */
  readonly rows: number;
  readonly width: number;
  /** This row gets no gradient; null where each does. */
  readonly paddingIndex: number | null;
}

/** The rows of the table; NaN where an id is outside. */
export function gatherRowsReference([table, ids]: readonly [Tensor, Tensor], { rows, width }: GatherRowsAttributes): Tensor {
  const flat = reshape(ids, [-1]);
  const gathered = rowsOf(table, clamp(flat, rows));
  const poison = reshape(where(within(flat, rows), zerosLike(cast(flat, 'float32')), scalar(Number.NaN)), [-1, 1]);
  return reshape(add(gathered, poison), [...ids.shape, width]);
}

/** The gradient of the table. */
export function gatherRowsGradient(ids: Tensor, dy: Tensor, { rows, width, paddingIndex }: GatherRowsAttributes): Tensor {
  const flat = reshape(ids, [-1]);
  const inside = within(flat, rows);
  const counts = paddingIndex === null ? inside : logicalAnd(inside, logicalNot(equal(flat, scalar(paddingIndex, 'int32'))));
  const counted = mul(reshape(dy, [-1, width]), reshape(cast(counts, 'float32'), [-1, 1]));
  return scatterRows(clamp(flat, rows), counted, rows);
}

const within = (ids: Tensor, rows: number): Tensor => logicalAnd(greaterEqual(ids, scalar(0, 'int32')), less(ids, scalar(rows, 'int32')));

// Not clipByValue: on wasm it takes the bits of an int32 for a float32's.
const clamp = (ids: Tensor, rows: number): Tensor => minimum(maximum(ids, scalar(0, 'int32')), scalar(rows - 1, 'int32'));

import {
  cast,
  concat,
  equal,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  onesLike,
  range,
  reshape,
  scalar,
  stack,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** So many numbers of a temporary softmax may exist at one time: 16 MB. */
const chunkElements = 2 ** 22;

/** [row, target] of each row. */
export const cellsOf = (targets: Tensor): Tensor => stack([range(0, targets.size, 1, 'int32'), targets], 1);

/** Which rows are ignored; 0 for those, 1 for the others, NaN where the target is no class; and targets that can be gathered by. */
export function readTargets(
  targets: Tensor,
  ignoreIndex: number,
  classes: number,
): { readonly ignored: Tensor; readonly weights: Tensor; readonly safe: Tensor } {
  const flat = reshape(targets, [-1]);
  const ignored = equal(flat, scalar(ignoreIndex, 'int32'));
  const isClass = logicalAnd(greaterEqual(flat, scalar(0, 'int32')), less(flat, scalar(classes, 'int32')));
  const counted = where(isClass, onesLike(cast(flat, 'float32')), scalar(Number.NaN));
  return {
    ignored,
    weights: where(ignored, zerosLike(counted), counted),
    safe: minimum(maximum(flat, scalar(0, 'int32')), scalar(classes - 1, 'int32')),
  };
}

/** Pieces of rows of which each fits. */
export function chunks(rows: Tensor, classes: number): readonly { readonly start: number; readonly length: number }[] {
  const count = rows.shape[0] as number;
  const length = Math.max(1, Math.floor(chunkElements / classes));
  return Array.from({ length: Math.ceil(count / length) }, (_, nth) => ({
    start: nth * length,
    length: Math.min(length, count - nth * length),
  }));
}

export const concatenated = (parts: readonly Tensor[]): Tensor => (parts.length === 1 ? (parts[0] as Tensor) : concat([...parts]));

import {
  cast,
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

/** [row, target] of each row. */
export const cellsOf = (targets: Tensor): Tensor => stack([range(0, targets.size, 1, 'int32'), targets], 1);

/** Which rows are ignored; 0 for those, 1 for the others, NaN where the target is outside the classes; and targets that can be gathered by. */
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

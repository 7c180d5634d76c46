import { type Padding, stopGradient } from '@longspan/core-tensor';
import { equal, logicalOr, sub, type Tensor, tensor4d, where, zerosLike } from '@tensorflow/tfjs-core';

/**
 * The same tokens, but for what is NaN or infinite in padding, which becomes 0: padding takes part in the choice of clusters, as it does
 * in the published code, and one NaN among the similarities would leave the choice to chance.
 * @shape x [b, h, n, d] -> the same
 * @cost O(x), nothing without padding
 */
export function ordinaryPadding(x: Tensor, padding: Padding | undefined): Tensor {
  if (padding === undefined || !padding.some) return x;
  const { rows, length } = padding;
  const isToken = tensor4d(
    rows.flatMap((row) => Array.from(row)),
    [rows.length, 1, length, 1],
    'bool',
  );
  const still = stopGradient(x);
  return where(logicalOr(isToken, equal(sub(still, still), 0)), x, zerosLike(x));
}

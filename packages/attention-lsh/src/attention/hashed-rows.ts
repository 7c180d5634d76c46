import { stopGradient } from '@longspan/core-tensor';
import { joinedRows, type RowWeights } from '@longspan/core-tensor/kernel';
import { cast, concat, equal, expandDims, fill, mul, reshape, sub, type Tensor, tensor, tidy, where } from '@tensorflow/tfjs-core';
import { type MetKeysOptions, metKeys } from './met-keys.ts';

export interface HashedRowsOptions extends Omit<MetKeysOptions, 'queries'> {
  readonly queries: readonly number[];
}

/**
 * Rows of the softmax of `hashedAttention`, all rounds joined: a key that is met several times has the sum of its weights, and a token that
 * attends to nothing else attends to itself.
 * @shape queryKey [b, h, n, d], n filled up to whole chunks
 * @cost that of the order of each round, and rounds · chunkLength · (before + 1 + after) keys for each query
 */
export function hashedRows(queryKey: Tensor, options: HashedRowsOptions): RowWeights {
  const [batch = 0, heads = 0, filled = 0] = queryKey.shape;
  const { queries } = options;
  return tidy(() => {
    const { positions, weights, isVisible, isOwn, isAlone } = metKeys(stopGradient(queryKey), options);
    const alone = expandDims(cast(isAlone, 'float32'), 2);
    const isKey = mul(mul(isVisible, sub(1, isOwn)), sub(1, alone));
    const listed = where(equal(isKey, 1), positions, fill(positions.shape, -1, 'int32'));
    const lines = batch * heads;
    const own = tensor(
      Int32Array.from({ length: lines * queries.length }, (_, at) => queries[at % queries.length] as number),
      alone.shape,
      'int32',
    );
    const itself = where(equal(alone, 1), own, fill(alone.shape, -1, 'int32'));
    const byHead = (x: Tensor): Tensor => reshape(x, [batch, heads, queries.length, x.shape[2] as number]);
    const rows = { keys: byHead(concat([listed, itself], 2)), weights: byHead(concat([mul(weights, isKey), alone], 2)) };
    return joinedRows(rows, filled);
  });
}

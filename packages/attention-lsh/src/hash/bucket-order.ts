import { dims } from '@longspan/core-tensor';
import { requireFilled } from '@longspan/core-tensor/kernel';
import { neg, reshape, type Tensor, tidy, topk } from '@tensorflow/tfjs-core';

/**
 * Sorts each round's tokens by bucket, and within a bucket by position.
 * @shape buckets int32 [b, h, rounds, n], below 2^24
 * @returns int32 [b, h, rounds, n]: the position of the token that stands there once sorted
 * @throws ShapeError when buckets is not of that shape and type
 * @cost O(b · h · rounds · n · log n) time, on the device
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2, the permutation s
 * @example
 * await bucketOrder(tensor4d([1, 0, 1, 0], [1, 1, 1, 4], 'int32')).data(); // => [1, 3, 0, 2]
 */
export function bucketOrder(buckets: Tensor): Tensor {
  const { b, h, rounds, n } = dims('bucketOrder', { buckets: [buckets, 'b h rounds n:int32'] });
  requireFilled('bucketOrder', { b, h, rounds, n });
  // topk puts equals in the order of their index, so it is a stable sort, and the only one that tfjs runs on the device.
  return tidy(() => reshape(topk(neg(reshape(buckets, [-1, n])), n).indices, buckets.shape));
}

import type { Tensor } from '@tensorflow/tfjs-core';
import { transpose } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { weightsOf } from './attention/softmax-attention.ts';
import { mixed, partMeans, partsOf, table } from './numbers/table.ts';

/**
 * The mean over a block's queries of the softmax weights that fall into each key block.
 * @param isVisible of a query and a key, both by their places in their own sequence
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d] -> [b, h, query blocks, key blocks]
 */
export function blockMass(
  q: Tensor,
  k: Tensor,
  { blockSize, isVisible }: { readonly blockSize: number; readonly isVisible: (query: number, key: number) => boolean },
): Tensor {
  const [queries, keys] = [q.shape[2] as number, k.shape[2] as number];
  const weights = weightsOf(q, k, { counts: visiblePairs({ queries, keys }, ({ query, key }) => isVisible(query, key)) });
  const ofQueryBlocks = mixed(partMeans(queries, blockSize), weights);
  const sums = table(partsOf(keys, blockSize), keys, (block, key) => Number(Math.floor(key / blockSize) === block));
  return transpose(mixed(sums, transpose(ofQueryBlocks, [0, 1, 3, 2])), [0, 1, 3, 2]);
}

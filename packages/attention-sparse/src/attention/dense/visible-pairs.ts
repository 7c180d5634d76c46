import type { BlockLayout } from '@longspan/core-tensor';
import type { Pairs } from '@longspan/core-tensor/kernel';
import { listedPairs } from '@longspan/core-tensor/layout';
import { cast, clipByValue, equal, expandDims, fill, maximum, reshape, slice, sum, type Tensor, tensor, tile } from '@tensorflow/tfjs-core';
import { denseMask } from '../../mask/index.ts';
import type { SparseAttentionOptions } from '../options.ts';

/** Float 0 or 1, [b|1, h|1, nq, nk]: the mask, or the layout, or all; with the blocks that were selected at run time. */
export function visiblePairs(
  { mask, layout, selected, blockSize = layout?.blockSize ?? 64 }: SparseAttentionOptions,
  { nq, nk }: Pairs,
  queryOffset: number,
): Tensor {
  const fixed = (): Tensor => {
    if (layout) return tensor(pairsOfLayout(layout), [layout.batch, layout.heads, nq, nk]);
    if (mask)
      return tensor(Float32Array.from(denseMask(mask, { queryLength: nq, keyLength: nk, queryOffset })), [mask.batch, mask.heads, nq, nk]);
    return fill([1, 1, nq, nk], selected ? 0 : 1);
  };
  if (!selected) return fixed();
  const [sb = 1, sh = 1, queryBlocks = 0, width = 0] = selected.shape;
  const blocks = Int32Array.from({ length: nk }, (_, key) => Math.floor(key / blockSize));
  const hit = cast(equal(expandDims(selected, 4), tensor(blocks, [1, 1, 1, 1, nk], 'int32')), 'float32');
  const byBlock = clipByValue(sum(reshape(hit, [sb * sh, queryBlocks, width, nk]), 2), 0, 1);
  const byQuery = reshape(tile(expandDims(byBlock, 2), [1, 1, blockSize, 1]), [sb, sh, queryBlocks * blockSize, nk]);
  return maximum(fixed(), slice(byQuery, [0, 0, 0, 0], [sb, sh, nq, nk]));
}

function pairsOfLayout(layout: BlockLayout): Float32Array {
  const { queryLength, keyLength, batch, heads } = layout;
  const pairs = new Float32Array(batch * heads * queryLength * keyLength);
  for (const { slice, query, key, visible } of listedPairs(layout)) if (visible) pairs[(slice * queryLength + query) * keyLength + key] = 1;
  return pairs;
}

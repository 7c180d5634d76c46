import { type AttentionCall, isLearned } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';

/** Pairs of blocks that one sequence visits, at most: where the cotangents of its pairs are kept, a tile for each. */
export function slotsOf({ layout, selected, sizes }: AttentionCall): number {
  const queryBlocks = blockCount(sizes.queryLength, layout.blockSize);
  let most = 0;
  for (let first = 0; first + queryBlocks < layout.indptr.length; first += queryBlocks) {
    most = Math.max(most, (layout.indptr[first + queryBlocks] as number) - (layout.indptr[first] as number));
  }
  return most + queryBlocks * (selected?.shape[3] ?? 0);
}

/** Whether the gradient of a term is a sum over pairs. */
export const hasPairSums = ({ terms }: AttentionCall): boolean => terms.some((term) => isLearned(term) && term.kind !== 'attentionSink');

import { createLayout, type Mask, sparseAttention } from '@longspan/attention-sparse';
import { blockSparseAttentionGradients } from '@longspan/core-tensor/kernel';
import { type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import type { AttentionProblem } from './attention-problem.ts';

/** The forward pass of our attention under a mask. */
export const forwardOf =
  ({ tensors }: AttentionProblem, mask: Mask) =>
  (): Tensor[] => {
    const { out, logSumExp } = sparseAttention(...tensors, { mask });
    return [out, logSumExp];
  };

/** The backward pass alone, over what a forward pass has left behind. */
export function backwardOf({ tensors, dy, n }: AttentionProblem, mask: Mask): () => Tensor[] {
  const { out, logSumExp } = sparseAttention(...tensors, { mask });
  const cotangents = { out, logSumExp, outCotangent: dy, logSumExpCotangent: zerosLike(logSumExp) };
  const options = { layout: createLayout(mask, { queryLength: n }) };
  return () => blockSparseAttentionGradients(...tensors, options, cotangents).filter((gradient) => gradient !== null);
}

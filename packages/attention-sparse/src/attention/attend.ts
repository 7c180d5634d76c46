import type { AttentionResult } from '@longspan/core-tensor';
import { type AttentionCallOptions, runAttention, uncheckedCall } from '@longspan/core-tensor/kernel';
import { createLayout } from '@longspan/core-tensor/layout';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Mask } from '../mask/index.ts';

export interface AttendOptions extends Omit<AttentionCallOptions, 'mask' | 'layout'> {
  readonly mask: Mask;
}

/**
 * Attention under a mask for mechanisms that have checked their arguments in the name of the function that was called.
 * @shape as sparseAttention
 * @cost that of sparseAttention; nothing is checked again
 */
export function attend(q: Tensor, k: Tensor, v: Tensor, options: AttendOptions): AttentionResult {
  const { mask, queryOffset, blockSize, ...rest } = options;
  const [queryLength, keyLength] = [q.shape[2] as number, k.shape[2] as number];
  const layout = createLayout(mask, { queryLength, keyLength, queryOffset, blockSize });
  return runAttention(uncheckedCall(q, k, v, { ...rest, layout }));
}

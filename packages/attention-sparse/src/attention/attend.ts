import type { AttentionResult } from '@longspan/core-tensor';
import { type AttentionCall, type AttentionCallOptions, runAttention, uncheckedCall } from '@longspan/core-tensor/kernel';
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
export const attend = (q: Tensor, k: Tensor, v: Tensor, options: AttendOptions): AttentionResult =>
  runAttention(attendCall(q, k, v, options));

/** The call that `attend` runs. */
export function attendCall(q: Tensor, k: Tensor, v: Tensor, options: AttendOptions): AttentionCall {
  const { mask, queryOffset, blockSize, ...rest } = options;
  const [queryLength, keyLength] = [q.shape[2] as number, k.shape[2] as number];
  const layout = createLayout(mask, { queryLength, keyLength, queryOffset, blockSize });
  return uncheckedCall(q, k, v, { ...rest, layout });
}

import type { OptionKind } from '@longspan/core-tensor/error';
import type { AttentionCallOptions } from '@longspan/core-tensor/kernel';
import type { Mask } from '../mask/index.ts';

export interface SparseAttentionOptions extends AttentionCallOptions {
  /** Which keys each query attends to; all of them when neither a mask, a layout nor a run-time list is given. */
  readonly mask?: Mask | undefined;
}

/** Their names, for the check that none is misspelt. */
export const attentionOptionNames: Readonly<Record<keyof SparseAttentionOptions, true | OptionKind>> = {
  mask: 'mask',
  selected: true,
  scale: true,
  score: true,
  blockSize: true,
  queryOffset: true,
  layout: true,
};

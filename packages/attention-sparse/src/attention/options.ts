import { type BlockLayout, type BlockSparseAttentionOptions, dims, type ScoreTerm } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { checkAttention } from '@longspan/core-tensor/kernel';
import { createLayout } from '@longspan/core-tensor/layout';
import type { Tensor } from '@tensorflow/tfjs-core';
import { everything, type Mask, nothing } from '../mask/index.ts';

export interface SparseAttentionOptions {
  /** Who sees whom; everyone sees everyone when neither a mask, a layout nor a run-time list is given. */
  readonly mask?: Mask | undefined;
  /** Instead of a mask: a layout that was made before. */
  readonly layout?: BlockLayout | undefined;
  /** Key blocks chosen at run time, united with the mask in one softmax: int32 [b|1, h|1, queryBlocks, width], −1 where unused. */
  readonly selected?: Tensor | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) when absent. */
  readonly scale?: number | undefined;
  /** Score terms of core-tensor (alibi, softCap, distanceBias, …), applied in order. */
  readonly score?: readonly ScoreTerm[] | undefined;
  /** Tokens along each side of a block; 64 when absent. */
  readonly blockSize?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq when absent, so that the last query stands at the last key. */
  readonly queryOffset?: number | undefined;
}

/** The contract's options, checked: mask and lengths turned into a layout. */
export function contractOptions(
  caller: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: SparseAttentionOptions,
): BlockSparseAttentionOptions {
  const { mask, layout, selected, scale, score, blockSize, queryOffset } = options;
  const { nq, nk } = dims(caller, { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'], v: [v, 'b hkv nk dv'] });
  if (layout !== undefined && (mask !== undefined || blockSize !== undefined || queryOffset !== undefined)) {
    throw new ConfigError({
      caller,
      problem: 'a layout and options that make one were given.',
      expected: 'either layout, or mask with blockSize and queryOffset',
      got: Object.keys(options).join(', '),
      remedy: 'leave out layout, or make it with createLayout(mask, { queryLength, keyLength, blockSize, queryOffset }).',
    });
  }
  const known = mask ?? (selected === undefined ? everything() : nothing());
  const contract = {
    layout:
      layout ??
      createLayout(known, {
        queryLength: nq,
        keyLength: nk,
        ...(blockSize === undefined ? {} : { blockSize }),
        ...(queryOffset === undefined ? {} : { queryOffset }),
      }),
    ...(scale === undefined ? {} : { scale }),
    ...(score === undefined ? {} : { score }),
    ...(selected === undefined ? {} : { selected }),
  };
  checkAttention(caller, q, k, v, contract);
  return contract;
}

import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, requireKeyHeads } from '../../error/index.ts';
import type { BlockLayout } from '../../layout/block-layout.ts';
import { type Coverage, sharedCoverage } from '../../layout/coverage.ts';
import { layoutOf } from '../../layout/create-layout.ts';
import { requireLayout } from '../../layout/require-layout.ts';
import { dims, requireFilled } from '../../tensor/dims.ts';
import type { AttentionSizes } from './attention-blocks.ts';
import type { AttentionCall } from './call.ts';
import { checkCall } from './check.ts';
import type { ScoreTerm } from './score-term/index.ts';
import { requireTerms } from './score-term/require-terms.ts';

export interface AttentionCallOptions {
  /** Which keys each query attends to; all of them when neither a mask, a layout nor a run-time list is given. */
  readonly mask?: Coverage | undefined;
  /** Instead of a mask: a layout that was made before. */
  readonly layout?: BlockLayout | undefined;
  /** Key blocks selected at run time, united with the mask in one softmax: int32 [b|1, h|1, queryBlocks, width], −1 where unused. */
  readonly selected?: Tensor | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Score terms (alibi, softCap, distanceBias, …), applied in order to the scaled scores, before the softmax. */
  readonly score?: readonly ScoreTerm[] | undefined;
  /** Tokens along each side of a block; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default, so that the last query stands at the last key. */
  readonly queryOffset?: number | undefined;
}

export interface UncheckedCallOptions extends Pick<AttentionCallOptions, 'selected' | 'scale' | 'score'> {
  readonly layout: BlockLayout;
}

const everything = sharedCoverage({ allows: () => true, cover: () => 'all' });
const nothing = sharedCoverage({ allows: () => false, cover: () => 'none' });

/**
 * The arguments of an attention as a call, checked once, in the name of the public function that was called. `runAttention` runs it.
 * A mechanism that checks before its own work makes the call first and runs it, or one with other tensors of the same shapes, later.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv
 * @throws ShapeError, ConfigError when an argument does not fit
 * @cost no tensor operations; the layout of a mask the first time
 */
export function attentionCall(caller: string, q: Tensor, k: Tensor, v: Tensor, options: AttentionCallOptions = {}): AttentionCall {
  const { mask, selected, blockSize, queryOffset, score: terms = [] } = options;
  const { b, h, hkv, nq, nk, d, dv } = dims(caller, {
    q: [q, 'b h nq d:float32'],
    k: [k, 'b hkv nk d:float32'],
    v: [v, 'b hkv nk dv:float32'],
    selected: [selected, '?b|1 h|1 queryBlocks width:int32'],
  });
  requireFilled(caller, { b, h, hkv, nq, nk, d, dv });
  requireKeyHeads(caller, { h, hkv });
  requireTerms(caller, terms);
  if (options.layout !== undefined && (mask !== undefined || blockSize !== undefined || queryOffset !== undefined)) {
    throw twoLayouts(caller, options);
  }
  if (options.layout !== undefined) requireLayout(caller, options.layout);
  const coverage = mask ?? (selected === undefined ? everything : nothing);
  const layout = options.layout ?? layoutOf(caller, coverage, { queryLength: nq, keyLength: nk, blockSize, queryOffset });
  const sizes: AttentionSizes = { batch: b, heads: h, keyHeads: hkv, queryLength: nq, keyLength: nk, headDim: d, valueDim: dv };
  const call = { q, k, v, sizes, layout, selected, scale: options.scale ?? 1 / Math.sqrt(d), terms };
  checkCall(caller, call);
  return call;
}

/**
 * A call of tensors that a mechanism made itself from what it had checked in the name of the function that was called. Nothing is
 * checked here.
 * @shape as attentionCall
 * @cost no tensor operations
 */
export function uncheckedCall(q: Tensor, k: Tensor, v: Tensor, options: UncheckedCallOptions): AttentionCall {
  const { layout, selected, score: terms = [], scale } = options;
  const [batch = 0, heads = 0, queryLength = 0, headDim = 0] = q.shape;
  const [, keyHeads = 0, keyLength = 0, valueDim = 0] = v.shape;
  const sizes: AttentionSizes = { batch, heads, keyHeads, queryLength, keyLength, headDim, valueDim };
  return { q, k, v, sizes, layout, selected, scale: scale ?? 1 / Math.sqrt(headDim), terms };
}

const twoLayouts = (caller: string, options: AttentionCallOptions): ConfigError =>
  new ConfigError({
    caller,
    problem: 'pass either layout, or mask with blockSize and queryOffset, not both.',
    expected: 'either layout, or mask with blockSize and queryOffset',
    got: Object.keys(options).join(', '),
    remedy: 'leave out layout, or make it with createLayout(mask, { queryLength, keyLength, blockSize, queryOffset }).',
  });

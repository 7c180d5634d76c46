import {
  type AttentionResult,
  type BlockLayout,
  blockSparseAttention,
  dims,
  explainBlockSparseAttention,
  type ScoreTerm,
} from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Cost, layoutCost } from './cost.ts';
import { createLayout } from './layout.ts';
import { everything, type Mask, nothing } from './mask/index.ts';

export interface SparseAttentionOptions {
  /** Who sees whom; everyone sees everyone when neither a mask, a layout nor a run-time list is given. */
  readonly mask?: Mask;
  /** Instead of a mask: a layout that was made before. */
  readonly layout?: BlockLayout;
  /** Key blocks chosen at run time, united with the mask in one softmax: int32 [b|1, h|1, queryBlocks, width], −1 where unused. */
  readonly selected?: Tensor;
  /** What scores are multiplied by; 1 / sqrt(headDim) when absent. */
  readonly scale?: number;
  /** Score terms of core-tensor (alibi, softCap, distanceBias, …), applied in order. */
  readonly score?: readonly ScoreTerm[];
  /** Tokens along each side of a block; 64 when absent. */
  readonly blockSize?: number;
  /** Query i stands at position queryOffset + i; nk − nq when absent, so that the last query stands at the last key. */
  readonly queryOffset?: number;
}

/** Which kernel a call runs on, why, and what it costs. */
export interface Explanation extends Cost {
  readonly kernel: string;
  /** The kernel's name and why each faster one was passed over. */
  readonly reason: string;
  readonly layout: BlockLayout;
}

/**
 * Softmax attention over the pairs that a mask allows, at the cost of the visited blocks: forward, backward, time and memory.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv (grouped-query heads)
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq], nats. A query that sees no key gets zeros and −Infinity.
 * @throws ShapeError, ConfigError when an argument does not fit, before anything is computed
 * @cost 2 · visited pairs · (d + dv) multiply-adds forward, 2.5 times that backward; the layout is cached by mask and lengths
 * @source Child et al. 2019 (arXiv 1904.10509); Beltagy et al. 2020 (arXiv 2004.05150); Dao et al. 2022 (arXiv 2205.14135) §3.3
 * @example
 * const values = tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const same = zeros([1, 1, 4, 8]);
 * const { out } = sparseAttention(same, same, values, { mask: slidingWindow({ left: 1, right: 0 }) });
 * await out.data(); // => [1, 1.5, 2.5, 3.5]
 */
export function sparseAttention(q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions = {}): AttentionResult {
  return blockSparseAttention(q, k, v, contractOptions('sparseAttention', q, k, v, options));
}

/**
 * Says which kernel `sparseAttention` would run on, why, and what the call visits, without running it.
 * @shape as sparseAttention
 * @cost that of the layout, once
 * @example
 * const x = zeros([1, 1, 256, 8]);
 * explain(x, x, x, { mask: slidingWindow({ left: 63, right: 0 }) }).visitedBlocks; // => 7
 */
export function explain(q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions = {}): Explanation {
  const contract = contractOptions('explain', q, k, v, options);
  const { b, h, d, dv } = dims('explain', { q: [q, 'b h nq d'], v: [v, 'b hkv nk dv'] });
  return {
    ...explainBlockSparseAttention(q, k, v, contract),
    ...layoutCost(contract.layout, { batch: b, heads: h, headDim: d, valueDim: dv }),
    layout: contract.layout,
  };
}

/** The contract's options: mask and lengths turned into a layout. */
function contractOptions(door: string, q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions) {
  const { mask, layout, selected, scale, score, blockSize, queryOffset } = options;
  const { nq, nk } = dims(door, { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'], v: [v, 'b hkv nk dv'] });
  if (layout !== undefined && (mask !== undefined || blockSize !== undefined || queryOffset !== undefined)) {
    throw new ConfigError({
      door,
      problem: 'a layout and options that make one were given.',
      expected: 'either layout, or mask with blockSize and queryOffset',
      got: Object.keys(options).join(', '),
      remedy: 'leave out layout, or make it with createLayout(mask, { queryLength, keyLength, blockSize, queryOffset }).',
    });
  }
  const known = mask ?? (selected === undefined ? everything() : nothing());
  return {
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
}

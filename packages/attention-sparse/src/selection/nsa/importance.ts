import { maskedScore, sharesOf } from '@longspan/core-tensor/kernel';
import {
  addN,
  cast,
  expandDims,
  matMul,
  mul,
  notEqual,
  pad,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { decided } from '../scoring/decided.ts';
import { queriesByKeyHead } from '../scoring/select-best.ts';
import type { Windows } from './windows.ts';

export interface ImportanceOptions {
  readonly windows: Windows;
  /** Tokens of one selection block, a multiple of the stride. */
  readonly blockLength: number;
  readonly blocks: number;
  /** Where the first query stands. */
  readonly queryOffset: number;
  readonly scale: number;
}

/**
 * How much attention each selection block gets, from that of the compressed windows: a window counts as often as its strides lie in the
 * block. Summed over the query heads of a key head, which choose together.
 * @shape q [b, h, nq, d]; compressed [b, hkv, windows, d]; logSumExp [b, h, nq] of the compressed attention
 * @returns [b, hkv, to − from, blocks] for queries from … to
 * @source Yuan et al. 2025 (arXiv 2502.11089) eq. 9 and 10, with the sign that blocks counted from 0 need: window j · l'/d + a − c
 */
export function importance(
  { q, compressed, logSumExp }: { readonly q: Tensor; readonly compressed: Tensor; readonly logSumExp: Tensor },
  { windows, blockLength, blocks, queryOffset, scale }: ImportanceOptions,
  from: number,
  to: number,
): Tensor {
  const [batch = 0, heads = 0] = q.shape;
  const [, keyHeads = 0, count = 0] = compressed.shape;
  const [rows, shared] = [to - from, heads / keyHeads];
  return tidy(() => {
    const scores = mul(matMul(queriesByKeyHead(q, keyHeads, from, to), compressed, false, true), scale);
    const whole = slice(logSumExp, [0, 0, from], [batch, heads, rows]);
    const masked = maskedWindows(from + queryOffset, to + queryOffset, count, windows);
    const attends = expandDims(cast(notEqual(whole, Number.NEGATIVE_INFINITY), 'float32'), 3);
    const probabilities = tidy(() => mul(sharesOf(decided(reshape(scores, [batch, heads, rows, count]), masked), 3), attends));
    const ofGroup = sum(reshape(probabilities, [batch, keyHeads, shared, rows, count]), 2);

    // Each stride's share: the windows that cover it, which are those that begin up to length / stride − 1 strides before it.
    const overlap = windows.length / windows.stride;
    const strides = blocks * (blockLength / windows.stride);
    const wide = pad(ofGroup, [
      [0, 0],
      [0, 0],
      [0, 0],
      [overlap - 1, Math.max(0, strides - count)],
    ]);
    const ofStride = addN(Array.from({ length: overlap }, (_, back) => slice(wide, [0, 0, 0, back], [batch, keyHeads, rows, strides])));
    return sum(reshape(ofStride, [batch, keyHeads, rows, blocks, blockLength / windows.stride]), 4);
  });
}

function maskedWindows(from: number, to: number, count: number, { length, stride }: Windows): Tensor {
  const table = new Float32Array((to - from) * count);
  for (let query = from; query < to; query++) {
    const visible = Math.max(0, Math.floor((query + 1 - length) / stride) + 1);
    if (visible < count) table.fill(maskedScore, (query - from) * count + visible, (query - from + 1) * count);
  }
  return tensor2d(table, [to - from, count]);
}

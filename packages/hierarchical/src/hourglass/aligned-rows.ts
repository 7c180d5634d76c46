import { gatherRows, type Padding } from '@longspan/core-tensor';
import { reshape, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { derivedPadding } from '../padding/derived-padding.ts';

/** Rows turned so that each begins its tokens where a group of the innermost level begins. */
export interface AlignedRows {
  readonly padding: Padding;
  /** @shape x [b, n, width] -> the same */
  turned(x: Tensor): Tensor;
  /** The inverse. */
  back(x: Tensor): Tensor;
}

/**
 * Padding at the beginning of a row, in whole groups of the innermost level, changes no token after it. What is left over goes around to the
 * end of the row, where padding changes nothing either. Undefined where nothing is left over.
 * @param total tokens that one vector of the innermost level stands for
 */
export function alignedRows(padding: Padding | undefined, total: number): AlignedRows | undefined {
  if (padding === undefined || !padding.some) return undefined;
  const { batch, length } = padding;
  const shifts = Array.from({ length: batch }, (_, row) => leadingPadding(padding, row) % total);
  if (shifts.every((shift) => shift === 0)) return undefined;
  const gathered = (x: Tensor, sign: 1 | -1): Tensor => {
    const index = Int32Array.from({ length: batch * length }, (_, at) => {
      const row = Math.floor(at / length);
      return row * length + (((at % length) + sign * (shifts[row] as number) + length) % length);
    });
    return gatherRows(reshape(x, [batch * length, -1]), tensor2d(index, [batch, length], 'int32'));
  };
  return {
    padding: derivedPadding(padding, `Hourglass rows aligned to ${total}`, length, (row, at) =>
      padding.isToken(row, (at + (shifts[row] as number)) % length),
    ),
    turned: (x) => gathered(x, 1),
    back: (x) => gathered(x, -1),
  };
}

/** Tokens of padding before the first that is none; 0 where all are padding. */
function leadingPadding(padding: Padding, row: number): number {
  for (let at = 0; at < padding.length; at++) if (padding.isToken(row, at)) return at;
  return 0;
}

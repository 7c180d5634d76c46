import { abs, equal, max, mul, sum, type Tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import { liesInHostMemory, numberInHostMemory } from './host-memory.ts';

/**
 * Whether some of the numbers may be NaN or infinite. Where tensors lie on a device, they are not read back for that: there every
 * operand is taken for one that may, and sums cost a second product (forward and backward together 1.25 times the time on cpu).
 * @shape operands of any shapes
 * @cost one pass over the float32 ones, or nothing on a device
 */
export function mayBeSpoiled(operands: readonly Tensor[]): boolean {
  if (!liesInHostMemory()) return true;
  return operands.some((operand) => operand.dtype === 'float32' && Number.isNaN(tidy(() => numberInHostMemory(sum(mul(operand, 0))))));
}

/** Products below it stay within float32, whatever dropout's gain. */
const finite = 1e36;

/** Whether products of their rows may be beyond float32, as {@link mayBeSpoiled} does: an infinite one of a hidden pair times 0 is NaN. */
export function mayOverflow(rows: Tensor, others: Tensor): boolean {
  if (!liesInHostMemory()) return true;
  if (rows.size === 0 || others.size === 0) return false;
  const width = rows.shape.at(-1) as number;
  return !(width * tidy(() => numberInHostMemory(mul(max(abs(rows)), max(abs(others))))) < finite);
}

/**
 * rows · weights, off the tape: a weight of exactly 0 leaves its row out, where 0 · NaN would be NaN.
 * @shape rows [..., d]; weights [..., 1] -> rows' own
 * @cost one pass over the rows, and one more to look at them
 */
export function weighted(rows: Tensor, weights: Tensor): Tensor {
  const product = mul(rows, weights);
  // One NaN makes the sum NaN; so do opposite infinities, which then cost a pass more and change nothing.
  if (liesInHostMemory() && !Number.isNaN(tidy(() => numberInHostMemory(sum(product))))) return product;
  return where(equal(weights, 0), zerosLike(rows), product);
}

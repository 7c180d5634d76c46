import { mul, square, sum, type Tensor } from '@tensorflow/tfjs-core';
import { inverseRoot } from './inverse-root.ts';

/**
 * Lengths of vectors along the last axis. One shorter than 1e-12 counts as 0 and has the gradient 0, where tfjs's norm of zeros has NaN.
 * @shape x [..., d]; returns [...]
 * @cost O(size of x), one temporary of its size
 */
export function vectorLengths(x: Tensor): Tensor {
  const squares = sum(square(x), -1);
  return mul(squares, inverseRoot(squares));
}

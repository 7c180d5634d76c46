import { maximum, mul, rsqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Vectors of length 1 along the last axis, as torch's normalize makes them: those shorter than 1e-12 stay as short as they are, in units
 * of that, and a vector of zeros has gradients (the square root's at 0 would be infinite).
 * @shape x [..., d]; returns the same
 * @cost O(size of x), two temporaries of its size
 */
export const unitVectors = (x: Tensor): Tensor => mul(x, rsqrt(maximum(sum(square(x), -1, true), 1e-24)));

import { maximum, mul, rsqrt, step, sub, type Tensor } from '@tensorflow/tfjs-core';

/** The smallest normal number of float32. */
export const smallestNormal: number = 2 ** -126;

/**
 * 1 / √x, and 0 where x is at most `least`: what has no length cannot be divided by it. The gradient is 0 there too, where the root's own
 * is infinite.
 * @shape x any, numbers of at least 0; returns the same
 * @param least 1e-24 by default, for tfjs's gradient takes x^1.5, which float32 does not have of a much smaller x
 * @cost O(size of x), a few temporaries of its size
 */
export const inverseRoot = (x: Tensor, least = 1e-24): Tensor => mul(rsqrt(maximum(x, least)), step(sub(x, least)));

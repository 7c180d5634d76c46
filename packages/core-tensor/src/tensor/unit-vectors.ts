import { mul, square, sum, type Tensor } from '@tensorflow/tfjs-core';
import { inverseRoot } from './inverse-root.ts';

/**
 * Vectors of length 1 along the last axis. One shorter than 1e-12 has no direction: it becomes zeros and has the gradient 0, where that
 * of torch's normalize is 1e12 times the cotangent, which one token of zeros would bring to all weights.
 * @shape x [..., d]; returns the same
 * @cost O(size of x), two temporaries of its size
 */
export const unitVectors = (x: Tensor): Tensor => mul(x, inverseRoot(sum(square(x), -1, true)));

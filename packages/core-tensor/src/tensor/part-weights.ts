import { equal, exp, sub, type Tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import { stopGradient } from './stop-gradient.ts';

/**
 * exp(part − whole): the weight of a part of a softmax among the whole, by their log-sum-exps, or of one score by the row's. It is how
 * softmaxes over disjoint keys are joined. Exact, and 0 where the whole is a fully masked row (−∞ − −∞ would be NaN), as are its
 * gradients.
 * @shape part and whole of shapes that broadcast, natural logarithms
 * @cost O(size of both together), a few temporaries of that size
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) §3.1
 */
export const partWeights = (part: Tensor, whole: Tensor): Tensor => tidy(() => exp(sub(part, zeroIfMasked(whole))));

/**
 * x, and 0 for each fully masked row: where the log-sum-exp is −Infinity.
 * @shape both of one shape; x is the log-sum-exp by default
 * @cost one pass over x, two temporaries of its size
 */
export const zeroIfMasked = (logSumExp: Tensor, x: Tensor = logSumExp): Tensor =>
  tidy(() => where(equal(stopGradient(logSumExp), Number.NEGATIVE_INFINITY), zerosLike(x), x)); // a comparison has no gradient in tfjs

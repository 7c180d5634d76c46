import { abs, add, cast, div, equal, exp, less, max, sub, sum, type Tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
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
 * The weights of all parts of a softmax, by their log-sum-exps or scores along one axis: what `partWeights` gives by the log-sum-exp of the
 * whole, but they sum to 1 also where all parts lie far from 0 and that number has lost their sum to rounding. A row of −Infinity has
 * weights of 0, and gradients of 0.
 * @shape parts [..., n, ...] -> the same
 * @cost a few passes over the parts
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) §2
 */
export const sharesOf = (parts: Tensor, axis: number): Tensor =>
  tidy(() => {
    const largest = stopGradient(max(parts, axis, true)); // the weights do not depend on it
    const shift = where(less(abs(largest), Number.POSITIVE_INFINITY), largest, zerosLike(largest)); // ∞ − ∞ is NaN
    const each = tidy(() => exp(sub(parts, shift)));
    const total = sum(each, axis, true);
    return div(each, add(total, cast(equal(stopGradient(total), 0), 'float32')));
  });

/**
 * x, and 0 for each fully masked row: where the log-sum-exp is −Infinity.
 * @shape both of one shape; x is the log-sum-exp by default
 * @cost one pass over x, two temporaries of its size
 */
export const zeroIfMasked = (logSumExp: Tensor, x: Tensor = logSumExp): Tensor =>
  tidy(() => where(equal(stopGradient(logSumExp), Number.NEGATIVE_INFINITY), zerosLike(x), x)); // a comparison has no gradient in tfjs

import { abs, add, less, max, reshape, sub, type Tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import { logSumExp as logSumExpOf } from './log-sum-exp.ts';
import { sharesOf } from './part-weights.ts';

/** Log-sum-exps, and what rounding took from each: their sum is exact. Near 1e9 a log-sum-exp alone is a multiple of 64. */
export type ExactLogSumExp = Readonly<Record<'logSumExp' | 'roundedOff', Tensor>>;

/** Of all parts, and the share of each in them, of the parts' shape. */
export type JoinedParts = ExactLogSumExp & Readonly<Record<'shares', Tensor>>;

/**
 * Joins softmaxes over disjoint keys, along one axis of their log-sum-exps: what each one's results are multiplied by, and the log-sum-exp
 * of all. Right also where all scores lie far from 0. Parts of −Infinity have shares of 0. Off the tape: to be called inside an op.
 * @shape parts [..., n, ...] -> shares the same; logSumExp and roundedOff [..., ...] without that axis
 * @cost a few passes over the parts
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867) §3.1
 */
export const joinedParts = (parts: ExactLogSumExp, axis: number): JoinedParts =>
  tidy(() => {
    const largest = max(parts.logSumExp, axis, true);
    const top = where(less(abs(largest), Number.POSITIVE_INFINITY), largest, zerosLike(largest)); // ∞ − ∞ is NaN
    const fromTop = add(sub(parts.logSumExp, top), parts.roundedOff); // the difference of numbers so near each other is exact
    const rest = logSumExpOf(fromTop, axis);
    const whole = reshape(top, rest.shape);
    const logSumExp = add(whole, rest);
    const exact = add(sub(whole, logSumExp), rest);
    const roundedOff = where(less(abs(logSumExp), Number.POSITIVE_INFINITY), exact, zerosLike(exact));
    return { shares: sharesOf(fromTop, axis), logSumExp, roundedOff };
  });

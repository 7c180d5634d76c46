import {
  add,
  cast,
  concat,
  div,
  equal,
  exp,
  fill,
  getBackend,
  lessEqual,
  log,
  max,
  maximum,
  minimum,
  neg,
  slice,
  softmax,
  sub,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Scores } from './scores.ts';

const { NEGATIVE_INFINITY: nothing } = Number;

/**
 * The log-sum-exp of rows in two parts: top + logSum. Their sum is rounded to as many digits as `top` has, which is too few for weights
 * where all scores of a row lie far from 0.
 */
export interface LogSums {
  /** The largest visible score; −Infinity where none is visible, or all visible ones are −Infinity. */
  readonly top: Tensor;
  /** ln Σ exp(s − top); 0 where top is −Infinity. */
  readonly logSum: Tensor;
}

export interface Weights {
  /** The softmax of the visible scores [C, B, W · B]; exactly 0 for masked pairs and for scores of −Infinity. */
  readonly weights: Tensor;
  /** Of the visible scores [C, B, 1]. */
  readonly logSums: () => LogSums;
}

/** What `max` gives where all numbers are −Infinity: tfjs-webgl takes no maximum below −1e20, so there lower scores are masked, too. */
const lowestMaximum = (): number => (getBackend() === 'webgl' ? -1e20 : nothing);

/**
 * Masked pairs are selected away, because whatever is computed with a NaN stays one. The exponential is left to softmax: of tfjs-wasm's
 * kernels exp is slow (8 ns a number), softmax is XNNPACK's (1 ns). One more score, which is dropped afterwards, takes all the weight of a
 * fully masked row, so that the others get 0 and not the NaN of −∞ − −∞.
 * @param isSpoiled whether scores may be NaN: masked pairs have a weight of 0 also in such rows, whose other weights are all NaN
 */
export function weightsOf({ scores, visible }: Pick<Scores, 'scores' | 'visible'>, isSpoiled = false): Weights {
  const shown = visible === undefined ? scores : where(cast(visible, 'bool'), scores, fill(scores.shape, nothing));
  const largest = max(shown, 2, true);
  const isMasked = lessEqual(largest, lowestMaximum());
  const top = where(isMasked, fill(largest.shape, nothing), largest);
  const aside = where(isMasked, zerosLike(top), fill(top.shape, nothing));
  const all = slice(softmax(concat([shown, aside], 2)), [0, 0, 0], shown.shape as [number, number, number]);
  return {
    weights: isSpoiled ? where(equal(shown, nothing), zerosLike(all), all) : all,
    logSums() {
      // The top score's own weight is exp(−logSum).
      const logSum = neg(log(maximum(max(all, 2, true), 1e-38)));
      return { top, logSum: where(isMasked, zerosLike(top), logSum) };
    },
  };
}

/** The log-sum-exp as one number, and what rounding took from it: their sum is exact. */
export function rounded({ top, logSum }: LogSums): { readonly logSumExp: Tensor; readonly roundedOff: Tensor } {
  const logSumExp = add(top, logSum);
  const roundedOff = where(equal(top, nothing), zerosLike(top), add(sub(top, logSumExp), logSum));
  return { logSumExp, roundedOff };
}

/**
 * Softmax rows whose denominator one more score joins: what they are multiplied by, and their log-sum-exp with it.
 * @param joining broadcast to the rows
 */
export function joined({ top, logSum }: LogSums, joining: Tensor): { readonly weight: Tensor; readonly logSums: LogSums } {
  const larger = maximum(top, joining);
  const isMasked = equal(larger, nothing);
  const shift = where(isMasked, zerosLike(larger), larger); // −∞ − −∞ is NaN
  const ofKeys = where(equal(top, nothing), zerosLike(top), exp(add(sub(top, shift), logSum)));
  const total = add(ofKeys, exp(sub(joining, shift)));
  const known = maximum(total, 1e-38);
  return { weight: div(ofKeys, known), logSums: { top: larger, logSum: where(isMasked, zerosLike(larger), log(known)) } };
}

/**
 * The share that rows of keys have in their whole softmax, which a sink has joined: exp(their log-sum-exp − the whole one). At most 1, and
 * so it is kept: in the rows beyond the end of the sequence, whose whole is 0 and whose cotangents are, it could be infinite.
 */
export function shareOf({ top, logSum }: LogSums, whole: Tensor, roundedOff: Tensor): Tensor {
  const share = minimum(exp(sub(add(sub(top, whole), logSum), roundedOff)), 1);
  return where(equal(top, nothing), zerosLike(share), share);
}

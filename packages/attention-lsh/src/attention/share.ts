import { equal, exp, sub, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';

/** exp(part − whole): the share of a softmax that some of its keys have, by their log-sum-exps; 0 where the whole is empty. */
export const share = (part: Tensor, whole: Tensor): Tensor =>
  exp(sub(part, where(equal(whole, Number.NEGATIVE_INFINITY), zerosLike(whole), whole))); // −∞ − −∞ is NaN

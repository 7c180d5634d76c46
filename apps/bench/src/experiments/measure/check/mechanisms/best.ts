import { oneHots } from '@longspan/tooling/reference';
import { add, less, mul, sub, sum, type Tensor, topk, where, zerosLike } from '@tensorflow/tfjs-core';

// Equal excerpts of a text may score alike, so that either choice is right. The reference therefore attends to what ours chose, and both
// sides give, as an output of its own, how much the chosen ones score together: the reference, what the best score.

/** 1 where the candidate is in the list, which −1 fills up: int32 [.., count] -> [.., candidates]. */
export const listed = (lists: Tensor, candidates: number): Tensor => sum(oneHots(lists, candidates), lists.shape.length - 1);

/** What the chosen candidates score together. @shape scores, chosen [.., candidates] -> [..] */
export const chosenSum = (scores: Tensor, chosen: Tensor): Tensor => sum(mul(scores, chosen), -1);

/** What the best `count` of those that may be chosen score together. @shape scores [.., candidates]; mayBe 0 or 1 -> [..] */
export function bestSum(scores: Tensor, mayBe: Tensor, count: number): Tensor {
  const { values } = topk(add(scores, mul(sub(mayBe, 1), 1e9)), count);
  return sum(where(less(values, -1e8), zerosLike(values), values), -1);
}

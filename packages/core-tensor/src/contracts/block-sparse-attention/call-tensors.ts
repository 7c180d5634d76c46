import type { Tensor } from '@tensorflow/tfjs-core';
import type { AttentionCall } from './call.ts';
import { tensorsOf, withTensors } from './score-term/index.ts';

/** The tensors of a call, which tfjs must know of by themselves, in the order in which `callWith` takes them. */
export const tensorsOfCall = ({ q, k, v, selected, terms }: AttentionCall): readonly Tensor[] => [
  q,
  k,
  v,
  ...(selected ? [selected] : []),
  ...terms.flatMap(tensorsOf),
];

/** The same call of other tensors of the same shapes: those that the tape has saved. */
export function callWith(call: AttentionCall, tensors: readonly Tensor[]): AttentionCall {
  const [q, k, v, ...rest] = tensors as [Tensor, Tensor, Tensor, ...Tensor[]];
  const selected = call.selected && rest.shift();
  return { ...call, q, k, v, selected, terms: call.terms.map((term) => withTensors(term, rest.splice(0, tensorsOf(term).length))) };
}

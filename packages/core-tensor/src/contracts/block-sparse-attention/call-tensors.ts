import type { Tensor } from '@tensorflow/tfjs-core';
import type { BlockLayout } from '../../layout/block-layout.ts';
import type { AttentionCall } from './call.ts';
import type { ScoreTerm } from './score-terms.ts';
import { tensorsOf, withTensors } from './term-tensors.ts';

/** All of a call but its tensors, which tfjs must know of by themselves. */
export interface AttentionAttributes {
  readonly layout: BlockLayout;
  readonly scale: number;
  readonly hasSelected: boolean;
  /** Hold the first call's tensors in no place that is read: `withTensors` replaces them. */
  readonly terms: readonly ScoreTerm[];
}

/** The tensors of a call, in the order in which `callOfTensors` takes them. */
export const tensorsOfCall = ({ query, key, value, selected, terms }: AttentionCall): readonly Tensor[] => [
  query,
  key,
  value,
  ...(selected ? [selected] : []),
  ...terms.flatMap(tensorsOf),
];

export const attributesOfCall = ({ layout, scale, selected, terms }: AttentionCall): AttentionAttributes => ({
  layout,
  scale,
  hasSelected: selected !== undefined,
  terms,
});

export function callOfTensors(tensors: readonly Tensor[], { layout, scale, hasSelected, terms }: AttentionAttributes): AttentionCall {
  const [query, key, value, ...rest] = tensors as [Tensor, Tensor, Tensor, ...Tensor[]];
  const selected = hasSelected ? rest.shift() : undefined;
  return {
    query,
    key,
    value,
    layout,
    scale,
    selected,
    terms: terms.map((term) => withTensors(term, rest.splice(0, tensorsOf(term).length))),
  };
}

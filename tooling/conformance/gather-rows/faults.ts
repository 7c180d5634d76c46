import type { GatherRowsAttributes } from '@longspan/core-tensor/kernel';
import { div, maximum, minimum, oneHot, reshape, scalar, sum, type Tensor } from '@tensorflow/tfjs-core';
import { type Fault, lastRowUnwritten } from '../contract/fault.ts';

export const faults: readonly Fault<readonly [table: Tensor, ids: Tensor], readonly [Tensor], GatherRowsAttributes>[] = [
  {
    label: 'ids outside are taken for the first and the last row',
    shownBy: 'ids outside, on both sides',
    call: ([table, ids], attributes) => ({
      inputs: [table, minimum(maximum(ids, scalar(0, 'int32')), scalar(attributes.rows - 1, 'int32'))],
      attributes,
    }),
  },
  {
    label: 'gradients of a row that is named twice are averaged, not added',
    shownBy: 'rows twice and never',
    gradients([dTable], [, ids], { rows }) {
      const counts = sum(oneHot(reshape(ids, [-1]), rows), 0);
      return [div(dTable as Tensor, maximum(reshape(counts, [rows, 1]), scalar(1, counts.dtype)))];
    },
  },
  {
    label: 'the padding row gets a gradient',
    shownBy: 'a padding row',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, paddingIndex: null } }),
  },
  { label: 'the last row is not written', shownBy: 'wide rows, many ids', outputs: ([y]) => [lastRowUnwritten(y)] },
];

import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import { mapRows, rowsGradient, weightGradient } from './reference.ts';

/** x [..., in], weight [out, in] and, where there is one, bias [out]. */
export type LinearInputs = readonly [x: Tensor, weight: Tensor, ...bias: Tensor[]];

/** x · weightᵀ + bias along the last axis: see `applyLinear`. */
export const linearContract: Contract<LinearInputs, readonly [Tensor], object> = /* @__PURE__ */ defineContract({
  name: 'LongspanLinear',
  outputs: 1,
  reference: {
    forward: ([x, weight, bias]): readonly [Tensor] => [
      reshape(mapRows(asRows(x), transpose(weight), bias), [...x.shape.slice(0, -1), weight.shape[0] as number]),
    ],
    save: { inputs: [0, 1] },
    gradientOf: {
      0: ({ inputs: [x, weight] }, [dy]) => reshape(rowsGradient(asRows(dy), weight), x.shape),
      1: ({ inputs: [x] }, [dy]) => weightGradient(asRows(dy), asRows(x)),
      2: (_, [dy]) => sumOfRows(asRows(dy)),
    },
  },
});

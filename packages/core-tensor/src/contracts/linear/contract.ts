import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { type Activation, activations } from '../../layer/activation.ts';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import { mapRows, rowsGradient, weightGradient } from './reference.ts';

/** x [..., in], weight [out, in] and, where there is one, bias [out]. */
export type LinearInputs = readonly [x: Tensor, weight: Tensor, ...bias: Tensor[]];

export interface LinearAttributes {
  /** Whether the inputs end in a bias: the weight's gradient alone does not have it. */
  readonly hasBias: boolean;
  /** What x goes through before it is mapped; nothing by default. */
  readonly activation?: Activation | undefined;
}

const read = (x: Tensor, activation: Activation | undefined): Tensor => (activation === undefined ? x : activations[activation].value(x));

/** x · weightᵀ + bias along the last axis: see `applyLinear`. */
export const linearContract: Contract<LinearInputs, readonly [Tensor], LinearAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanLinear',
  outputs: 1,
  reference: {
    forward: ([x, weight, bias], { activation }): readonly [Tensor] => [
      reshape(mapRows(asRows(read(x, activation)), transpose(weight), bias), [...x.shape.slice(0, -1), weight.shape[0] as number]),
    ],
    save: { inputs: [0, 1] },
    gradientOf: {
      0: ({ inputs: [x, weight] }, [dy], { activation }) => {
        const ofRead = reshape(rowsGradient(asRows(dy), weight), x.shape);
        return activation === undefined ? ofRead : activations[activation].withGradient(x).back(ofRead);
      },
      1: ({ inputs: [x] }, [dy], { activation }) => weightGradient(asRows(dy), asRows(read(x, activation))),
      2: (_, [dy]) => sumOfRows(asRows(dy)),
    },
  },
});

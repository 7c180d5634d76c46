import type { Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import type { CrossEntropyAttributes, CrossEntropyInputs } from './call.ts';
import { crossEntropyGradient } from './gradient.ts';
import { crossEntropyReference } from './reference.ts';

/** −log softmax of each row's target, reduced: see `crossEntropy`. */
export const crossEntropyContract: Contract<CrossEntropyInputs, readonly [Tensor], CrossEntropyAttributes> = /* @__PURE__ */ defineContract(
  {
    name: 'LongspanCrossEntropy',
    outputs: 1,
    reference: {
      forward: (inputs, attributes): readonly [Tensor] => [crossEntropyReference(inputs, attributes)],
      gradient: ({ inputs }, [dy], attributes) => [crossEntropyGradient(inputs, dy, attributes), null],
    },
  },
);

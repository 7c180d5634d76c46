import type { Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import type { RotaryAttributes, RotaryInputs } from './call.ts';
import { turned, turnedBack } from './reference.ts';

/** Pairs of features turned by the angles of their tokens: see `applyRotary`. */
export const rotaryContract: Contract<RotaryInputs, readonly [Tensor], RotaryAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanRotary',
  outputs: 1,
  reference: {
    forward: (inputs, attributes): readonly [Tensor] => [turned(inputs, attributes)],
    save: { inputs: [1, 2] },
    gradient: ({ inputs: [cosines, sines] }, [dy], attributes) => [turnedBack([dy, cosines, sines], attributes), null, null],
  },
});

import type { Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import type { RmsNormAttributes, RmsNormInputs } from './call.ts';
import { rmsNormGradient, rmsNormReference } from './reference.ts';

/** Rows divided by their root mean square, then scaled: see `applyRmsNorm`. */
export const rmsNormContract: Contract<RmsNormInputs, readonly [Tensor], RmsNormAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanRmsNorm',
  outputs: 1,
  reference: {
    forward: rmsNormReference,
    save: { outputs: [1] },
    gradient: ({ inputs, outputs: [inverse] }, [dy]) => rmsNormGradient(inputs, inverse, dy),
  },
});

import { mul, type Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { type GeluApproximation, geluValue, geluWithDerivative } from './reference.ts';

export interface GeluAttributes {
  readonly approximation: GeluApproximation;
}

/** x times the fraction of it that comes through: see `gelu`. */
export const geluContract: Contract<readonly [x: Tensor], readonly [Tensor], GeluAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanGelu',
  outputs: 1,
  reference: {
    forward: ([x], { approximation }): readonly [Tensor] => [geluValue(x, approximation)],
    gradient: ({ inputs: [x] }, [dy], { approximation }) => [mul(dy, geluWithDerivative(x, approximation).derivative)],
  },
});

import { add, mean, mul, reshape, rsqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';

/** x [..., width], then weight [width] where there is one. */
export type RmsNormInputs = readonly [x: Tensor, ...weight: Tensor[]];

export interface RmsNormAttributes {
  /** Added to the mean of the squares before its root. */
  readonly epsilon: number;
}

/** The normalised rows and, for the gradient, the inverse of the root mean square. */
function reference([x, weight]: RmsNormInputs, { epsilon }: RmsNormAttributes): readonly [y: Tensor, inverse: Tensor] {
  const rows = asRows(x);
  const inverse = rsqrt(add(mean(square(rows), -1, true), epsilon));
  const normal = mul(rows, inverse);
  return [reshape(weight === undefined ? normal : mul(normal, weight), x.shape), inverse];
}

function gradient([x, weight]: RmsNormInputs, inverse: Tensor, dy: Tensor): readonly Tensor[] {
  const normal = mul(asRows(x), inverse);
  const cotangent = asRows(dy);
  const scaled = weight === undefined ? cotangent : mul(cotangent, weight);
  const dx = mul(sub(scaled, mul(normal, mean(mul(scaled, normal), -1, true))), inverse);
  return [reshape(dx, x.shape), ...(weight === undefined ? [] : [sumOfRows(mul(cotangent, normal))])];
}

/** Rows divided by their root mean square, then scaled: see `applyRmsNorm`. */
export const rmsNormContract: Contract<RmsNormInputs, readonly [Tensor], RmsNormAttributes> = defineContract({
  name: 'LongspanRmsNorm',
  outputs: 1,
  reference: {
    forward: reference,
    save: { outputs: [1] },
    gradient: ({ inputs, outputs: [inverse] }, [dy]) => gradient(inputs, inverse, dy),
  },
});

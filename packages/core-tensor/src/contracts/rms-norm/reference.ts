import { add, mean, mul, reshape, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { inverseRoot, smallestNormal } from '../../tensor/inverse-root.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import type { RmsNormAttributes, RmsNormInputs } from './call.ts';

/** The normalised rows and, for the gradient, the inverse of their root mean square. */
export function rmsNormReference([x, weight]: RmsNormInputs, { epsilon }: RmsNormAttributes): readonly [y: Tensor, inverse: Tensor] {
  const rows = asRows(x);
  const inverse = inverseRoot(add(mean(square(rows), -1, true), epsilon), smallestNormal);
  const normal = mul(rows, inverse);
  return [reshape(weight === undefined ? normal : mul(normal, weight), x.shape), inverse];
}

/** The gradients of x and weight, by what the reference kept. */
export function rmsNormGradient([x, weight]: RmsNormInputs, inverse: Tensor, dy: Tensor): readonly Tensor[] {
  const normal = mul(asRows(x), inverse);
  const cotangent = asRows(dy);
  const scaled = weight === undefined ? cotangent : mul(cotangent, weight);
  const dx = mul(sub(scaled, mul(normal, mean(mul(scaled, normal), -1, true))), inverse);
  return [reshape(dx, x.shape), ...(weight === undefined ? [] : [sumOfRows(mul(cotangent, normal))])];
}

import { mean, mul, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import type { LayerNormAttributes, LayerNormInputs } from './call.ts';
import { centerRows } from './reference.ts';

/** The gradients of x, weight and bias, by what the reference kept. */
export function layerNormGradient(
  [x, ...affine]: LayerNormInputs,
  [center, missed, inverseDeviation]: readonly [Tensor, Tensor, Tensor],
  dy: Tensor,
  { hasWeight, hasBias }: LayerNormAttributes,
): readonly Tensor[] {
  const normal = mul(centerRows(asRows(x), center, missed), inverseDeviation);
  const cotangent = asRows(dy);
  const scaled = hasWeight ? mul(cotangent, affine[0] as Tensor) : cotangent;
  const along = mul(normal, mean(mul(scaled, normal), -1, true));
  const dx = mul(sub(sub(scaled, mean(scaled, -1, true)), along), inverseDeviation);
  return [reshape(dx, x.shape), ...(hasWeight ? [sumOfRows(mul(cotangent, normal))] : []), ...(hasBias ? [sumOfRows(cotangent)] : [])];
}

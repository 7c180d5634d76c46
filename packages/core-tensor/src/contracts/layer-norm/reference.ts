import { add, mean, mul, reshape, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { inverseRoot, smallestNormal } from '../../tensor/inverse-root.ts';
import { asRows } from '../../tensor/rows.ts';
import type { LayerNormAttributes, LayerNormInputs } from './call.ts';

/** Rows less their mean. The sum of numbers far from 0 is rounded, so what the first mean missed is taken off by a second one. */
export const centerRows = (rows: Tensor, center: Tensor, missed: Tensor): Tensor => sub(sub(rows, center), missed);

/** The normalised rows and, for the gradient, both means and the inverse of the deviation. */
export function layerNormReference(
  [x, ...affine]: LayerNormInputs,
  { epsilon, hasWeight, hasBias }: LayerNormAttributes,
): readonly [y: Tensor, center: Tensor, missed: Tensor, inverseDeviation: Tensor] {
  const rows = asRows(x);
  const center = mean(rows, -1, true);
  const missed = mean(sub(rows, center), -1, true);
  const centered = centerRows(rows, center, missed);
  // Not E[x²] − E[x]², which loses everything where the mean is far larger than the deviation.
  const inverseDeviation = inverseRoot(add(mean(square(centered), -1, true), epsilon), smallestNormal);
  const weight = hasWeight ? affine[0] : undefined;
  const bias = hasBias ? affine.at(-1) : undefined;
  const normal = mul(centered, inverseDeviation);
  const scaled = weight === undefined ? normal : mul(normal, weight);
  return [reshape(bias === undefined ? scaled : add(scaled, bias), x.shape), center, missed, inverseDeviation];
}

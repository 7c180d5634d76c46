import { add, div, mean, mul, sqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Weights, weightOf } from './weights.ts';

/** Layer norm by the layer of that name: (x − mean) / sqrt(variance + epsilon) · weight + bias, along the last axis. */
export function normed(weights: Weights, name: string, x: Tensor, epsilon = 1e-5): Tensor {
  const centred = sub(x, mean(x, -1, true));
  const unit = div(centred, sqrt(add(mean(square(centred), -1, true), epsilon)));
  return add(mul(unit, weightOf(weights, `${name}.weight`)), weightOf(weights, `${name}.bias`));
}

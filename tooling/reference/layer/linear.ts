import { add, matMul, reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { type Weights, weightOf } from './weights.ts';

/** x Wᵀ + b. @shape x [.., in]; weight [out, in]; bias [out] -> [.., out] */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const product = matMul(reshape(x, [-1, x.shape.at(-1) as number]), transpose(weight));
  return reshape(bias === undefined ? product : add(product, bias), [...x.shape.slice(0, -1), weight.shape[0] as number]);
}

/** x Wᵀ + b by the layer of that name, or x Wᵀ where it has no bias. */
export const project = (weights: Weights, name: string, x: Tensor): Tensor =>
  linear(x, weightOf(weights, `${name}.weight`), weights[`${name}.bias`]);

import { add, div, mean, mul, rsqrt, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core';

/** As in Hugging Face's `_len_norm`. */
const epsilon = 1e-6;

const meanSquare = (x: Tensor): Tensor => add(mean(square(x), 3, true), epsilon);

/** The keys of shared query-keys: x · rsqrt(mean(x²) + 1e-6) / sqrt(d), vectors of length 1. */
export function unitKeys(x: Tensor): Tensor {
  const headDim = x.shape[3] as number;
  return mul(x, mul(rsqrt(meanSquare(x)), 1 / Math.sqrt(headDim)));
}

/** The gradient of x from that of its unit key: the part along x is taken out. */
export function unitKeysGradient(x: Tensor, keyCotangent: Tensor): Tensor {
  const headDim = x.shape[3] as number;
  const size = meanSquare(x);
  const factor = mul(rsqrt(size), 1 / Math.sqrt(headDim));
  const along = div(sum(mul(x, keyCotangent), 3, true), mul(size, headDim));
  return mul(factor, sub(keyCotangent, mul(x, along)));
}

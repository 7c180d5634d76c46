import { add, cast, linalg, matMul, mul, ones, softmax, sub, type Tensor, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/** The additive n x n mask that a causal window takes in stock tfjs: 0 where a pair is visible, −1e9 elsewhere. */
export function windowMask(n: number, left: number): Tensor2D {
  // linalg.bandPart keeps `left` diagonals below the main one and none above it.
  return tidy(() => mul(sub(cast(linalg.bandPart(ones([n, n]), left, 0), 'float32'), 1), 1e9) as Tensor2D);
}

/** Attention as users of tfjs write it: softmax(q kᵀ / √d + mask) v, with every pair of tokens scored. */
export function denseTfjs(q: Tensor4D, k: Tensor4D, v: Tensor4D, mask: Tensor2D): Tensor {
  return tidy(() => {
    const scores = mul(matMul(q, k, false, true), 1 / Math.sqrt(q.shape[3]));
    return matMul(softmax(add(scores, mask)), v);
  });
}

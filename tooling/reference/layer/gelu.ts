import { add, div, erf, mul, square, type Tensor, tanh } from '@tensorflow/tfjs-core';

/** x · Φ(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
export const gelu = (x: Tensor): Tensor => mul(x, mul(0.5, add(1, erf(div(x, Math.SQRT2)))));

/** The approximation of it by tanh. */
export const geluTanh = (x: Tensor): Tensor =>
  mul(x, mul(0.5, add(1, tanh(mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, square(x)))))))));

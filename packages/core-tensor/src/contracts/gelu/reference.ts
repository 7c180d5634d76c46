import { add, clipByValue, erf, exp, mul, sigmoid, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** 'none': the normal distribution's cumulative function itself; 'tanh': the approximation that GPT-2 and others use. */
export type GeluApproximation = 'none' | 'tanh';

const cubic = 0.044715;
const slope = Math.sqrt(2 / Math.PI);

/** The fraction of x that comes through. */
function gate(x: Tensor, approximation: GeluApproximation): Tensor {
  if (approximation === 'none') return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  // (1 + tanh u) / 2 = sigmoid(2u), which is SIMD code on wasm: 16 times as fast as its tanh.
  return sigmoid(mul(x, add(mul(square(x), 2 * slope * cubic), 2 * slope)));
}

/** What `gelu` gives, off the tape. */
export const geluValue = (x: Tensor, approximation: GeluApproximation): Tensor => tidy(() => mul(x, gate(x, approximation)));

/** The same with d gelu(x) / dx, which shares the costly part. */
export function geluWithDerivative(x: Tensor, approximation: GeluApproximation): { readonly value: Tensor; readonly derivative: Tensor } {
  return tidy(() => {
    const open = gate(x, approximation);
    return { value: mul(x, open), derivative: add(open, approximation === 'none' ? erfSlope(x) : tanhSlope(x, open)) };
  });
}

/** x times the density of the normal distribution. */
const erfSlope = (x: Tensor): Tensor => mul(mul(x, exp(mul(square(x), -0.5))), 1 / Math.sqrt(2 * Math.PI));

/** x times the derivative of sigmoid(2u), where `open` is that sigmoid. */
function tanhSlope(x: Tensor, open: Tensor): Tensor {
  const held = clipByValue(x, -20, 20); // beyond them the gate is flat; x³ could be infinite, and ∞ · 0 is NaN
  return mul(mul(held, add(mul(square(held), 6 * slope * cubic), 2 * slope)), sub(open, square(open)));
}

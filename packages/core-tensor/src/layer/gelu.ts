import type { Tensor } from '@tensorflow/tfjs-core';
import { geluContract } from '../contracts/gelu/contract.ts';
import type { GeluApproximation } from '../contracts/gelu/reference.ts';
import { ConfigError, show } from '../error/index.ts';
import { checkDtype } from '../tensor/features.ts';

/**
 * The Gaussian error linear unit: x times the probability that a standard normal variable is below x.
 * @shape x [...]
 * @param approximation 'none' (the default) or 'tanh', named as in PyTorch
 * @returns [...], within 1e-6 of the exact function ('none': tfjs's erf is good to 1.5e-7)
 * @throws ShapeError when x is not float32; ConfigError for an unknown approximation
 * @cost O(elements) time; 'tanh' is several times faster than 'none' on wasm
 * @source Hendrycks & Gimpel 2016 (arXiv 1606.08415)
 * @example
 * (await gelu(tensor1d([-1, 0, 2])).data()).map((y) => Math.round(y * 1e4)); // => [-1587, 0, 19545]
 */
export function gelu(x: Tensor, approximation: GeluApproximation = 'none'): Tensor {
  checkDtype('gelu', 'x', x, 'float32');
  if (approximation !== 'none' && approximation !== 'tanh') {
    throw new ConfigError({
      caller: 'gelu',
      problem: "approximation must be 'none' or 'tanh'.",
      expected: "'none' or 'tanh'",
      got: show(approximation),
      remedy: "use 'tanh' for gelu_new and gelu_pytorch_tanh, 'none' for gelu.",
    });
  }
  return geluContract.run([x], { approximation })[0];
}

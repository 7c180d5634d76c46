import type { Tensor } from '@tensorflow/tfjs-core';
import { rmsNormContract } from '../contracts/rms-norm/contract.ts';
import { requireKnown } from '../error/index.ts';
import { checkKind, dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import { defineLayer } from './define-layer.ts';
import type { Layer } from './layer.ts';
import { checkEpsilon } from './layer-norm.ts';
import { biasSpec, onesDraw } from './spec.ts';

/**
 * Divides the last axis by its root mean square, then scales it: a layer norm without mean and bias. With epsilon 0 a row of zeros
 * gives zeros, and has the gradient 0. Squares are float32: numbers of 1e18 and more, and with epsilon 0 rows below 1e-18, have no right
 * result.
 * @shape x [..., width]; weight [width]
 * @param epsilon added to the mean of the squares before its root; 1e-6 by default
 * @returns [..., width]
 * @throws ShapeError when the weight is not of x's last axis; ConfigError when epsilon is negative
 * @cost O(elements) time; one temporary of x's size
 * @source Zhang & Sennrich 2019 (arXiv 1910.07467) eq. 4
 * @example
 * await applyRmsNorm(tensor2d([[3, -4]]), tensor1d([5, 10]), 0).data(); // => [4.24264069, -11.31370850]
 */
export function applyRmsNorm(x: Tensor, weight?: Tensor, epsilon = 1e-6): Tensor {
  checkKind('applyRmsNorm', 'x', x);
  const { width = x.shape.at(-1) ?? 0 }: { width?: number } = dims('applyRmsNorm', { weight: [weight, '?width:float32'] });
  checkFeatures('applyRmsNorm', 'x', x, width, 'weight');
  checkEpsilon('applyRmsNorm', epsilon);
  return rmsNormContract.run(weight === undefined ? [x] : [x, weight], { epsilon })[0];
}

export interface RmsNormConfig {
  /** Features along the last axis. */
  readonly width: number;
  /** Added to the mean of the squares; 1e-6 by default. */
  readonly epsilon?: number | undefined;
  /** Whether there is a weight; true by default. */
  readonly weight?: boolean | undefined;
}

/**
 * RMS norm with the parameter `weight` (ones at first).
 * @shape x [..., width] -> [..., width]
 * @throws ConfigError when width is not an integer of at least 1, or epsilon is negative
 * @cost that of `applyRmsNorm`
 * @source Zhang & Sennrich 2019 (arXiv 1910.07467); T5LayerNorm of transformers
 * @example
 * const norm = rmsNorm({ width: 2, epsilon: 0 });
 * await norm.apply(norm.init(createKey(1)), tensor2d([[3, 3]])).data(); // => [1, 1]
 */
export function rmsNorm(config: RmsNormConfig): Layer {
  requireKnown('rmsNorm', config, { width: true, epsilon: true, weight: 'flag' });
  const { width, epsilon = 1e-6, weight = true } = config;
  checkSizes('rmsNorm', { width });
  checkEpsilon('rmsNorm', epsilon);
  return defineLayer({
    name: 'rmsNorm',
    spec: weight ? { weight: biasSpec([width], onesDraw) } : {},
    check: (caller, x) => checkFeatures(caller, 'x', x, width, 'width'),
    run({ caller, parameters }, x) {
      checkFeatures(caller, 'x', x, width, 'width');
      return applyRmsNorm(x, parameters.find('weight'), epsilon);
    },
  });
}

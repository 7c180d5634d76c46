import type { Tensor } from '@tensorflow/tfjs-core';
import { layerNormContract } from '../contracts/layer-norm/contract.ts';
import { ConfigError, isFloat, requireKnown, show } from '../error/index.ts';
import { checkKind, dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import { defineLayer } from './define-layer.ts';
import type { Layer } from './layer.ts';
import { biasSpec, onesDraw } from './spec.ts';

/**
 * Brings the last axis to mean 0 and (biased) variance 1, then scales and shifts it. A mean far larger than the deviation does
 * no harm. With epsilon 0 a row of variance 0 gives the bias, and has the gradient 0. Squares are float32: numbers of 1e18 and more, and
 * with epsilon 0 deviations below 1e-18, have no right result.
 * @shape x [..., size]; weight, bias [size]
 * @param epsilon added to the variance before its root
 * @returns [..., size]
 * @throws ShapeError when weight or bias are not of x's last axis
 * @cost O(elements) time; one temporary of x's size
 * @source Ba, Kiros & Hinton 2016 (arXiv 1607.06450); as torch.nn.functional.layer_norm
 * @example
 * await applyLayerNorm(tensor2d([[1, 3], [10, 30]]), tensor1d([2, 2]), tensor1d([0, 1]), 0).data(); // => [-2, 3, -2, 3]
 */
export function applyLayerNorm(x: Tensor, weight?: Tensor, bias?: Tensor, epsilon = 1e-5): Tensor {
  checkKind('applyLayerNorm', 'x', x);
  const { size = x.shape.at(-1) ?? 0 }: { size?: number } = dims('applyLayerNorm', {
    weight: [weight, '?size:float32'],
    bias: [bias, '?size:float32'],
  });
  checkFeatures('applyLayerNorm', 'x', x, size, weight === undefined ? 'bias' : 'weight');
  checkEpsilon('applyLayerNorm', epsilon);
  const affine = [weight, bias].filter((each) => each !== undefined);
  return layerNormContract.run([x, ...affine], { epsilon, hasWeight: weight !== undefined, hasBias: bias !== undefined })[0];
}

export interface LayerNormConfig {
  /** Features along the last axis. */
  readonly width: number;
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number | undefined;
  /** Whether there is a weight; true by default. */
  readonly weight?: boolean | undefined;
  /** Whether there is a bias; by default where there is a weight. */
  readonly bias?: boolean | undefined;
}

/**
 * A layer norm with the parameters `weight` (ones at first) and `bias` (zeros), or without them.
 * @shape x [..., width] -> [..., width]
 * @throws ConfigError when width is not an integer of at least 1, or epsilon is negative
 * @cost that of `applyLayerNorm`
 * @source torch.nn.LayerNorm
 * @example
 * const norm = layerNorm({ width: 2, epsilon: 0 });
 * await norm.apply(norm.init(createKey(1)), tensor2d([[5, 9]])).data(); // => [-1, 1]
 */
export function layerNorm(config: LayerNormConfig): Layer {
  requireKnown('layerNorm', config, { width: true, epsilon: true, weight: 'flag', bias: 'flag' });
  const { width, epsilon = 1e-5, weight = true, bias = weight } = config;
  checkSizes('layerNorm', { width });
  checkEpsilon('layerNorm', epsilon);
  return defineLayer({
    name: 'layerNorm',
    spec: { ...(weight ? { weight: biasSpec([width], onesDraw) } : {}), ...(bias ? { bias: biasSpec([width]) } : {}) },
    check: (caller, x) => checkFeatures(caller, 'x', x, width, 'width'),
    run({ caller, parameters }, x) {
      checkFeatures(caller, 'x', x, width, 'width');
      return applyLayerNorm(x, parameters.find('weight'), parameters.find('bias'), epsilon);
    },
  });
}

export function checkEpsilon(caller: string, epsilon: number): void {
  if (isFloat(epsilon) && epsilon >= 0) return;
  throw new ConfigError({
    caller,
    problem: 'epsilon must be finite and not negative.',
    expected: 'a finite number of at least 0',
    got: show(epsilon),
    remedy: 'use 1e-5, or the layer_norm_eps of the model.',
  });
}

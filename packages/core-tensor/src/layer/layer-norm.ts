import { ones, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { layerNormContract } from '../contracts/layer-norm/contract.ts';
import { ConfigError } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import type { Layer } from './layer.ts';
import { parameter } from './parameters.ts';

/**
 * Brings the last axis to mean 0 and (biased) variance 1, then scales and shifts it. A mean far larger than the deviation does
 * no harm.
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
  const { size = x.shape.at(-1) ?? 0 }: { size?: number } = dims('applyLayerNorm', { weight: [weight, 'size'], bias: [bias, 'size'] });
  checkFeatures('applyLayerNorm', 'x', x, size, weight === undefined ? 'bias' : 'weight');
  checkEpsilon('applyLayerNorm', epsilon);
  const affine = [weight, bias].filter((each) => each !== undefined);
  return layerNormContract.run([x, ...affine], { epsilon, hasWeight: weight !== undefined, hasBias: bias !== undefined })[0];
}

export interface LayerNormOptions {
  /** Features along the last axis. */
  readonly size: number;
  /** 1e-5 if absent. */
  readonly epsilon?: number;
  /** Whether there are a weight and a bias; true if absent. */
  readonly affine?: boolean;
}

/**
 * A layer norm with the parameters `weight` (ones at first) and `bias` (zeros), or with none.
 * @shape x [..., size] -> [..., size]
 * @throws ConfigError when size is not an integer of at least 1, or epsilon is negative
 * @cost that of `applyLayerNorm`
 * @source torch.nn.LayerNorm
 * @example
 * const norm = layerNorm({ size: 2, epsilon: 0 });
 * await norm.apply(norm.init(createKey(1)), tensor2d([[5, 9]])).data(); // => [-1, 1]
 */
export function layerNorm({ size, epsilon = 1e-5, affine = true }: LayerNormOptions): Layer {
  checkSizes('layerNorm', { size });
  checkEpsilon('layerNorm', epsilon);
  return {
    init: () => (affine ? { weight: ones([size]), bias: zeros([size]) } : {}),
    apply: (parameters, x) => {
      checkFeatures('layerNorm', 'x', x, size, 'size');
      if (!affine) return applyLayerNorm(x, undefined, undefined, epsilon);
      return applyLayerNorm(x, parameter(parameters, 'weight', 'layerNorm'), parameter(parameters, 'bias', 'layerNorm'), epsilon);
    },
  };
}

function checkEpsilon(caller: string, epsilon: number): void {
  if (epsilon >= 0 && Number.isFinite(epsilon)) return;
  throw new ConfigError({
    caller,
    problem: 'epsilon cannot be added to a variance.',
    expected: 'a finite number of at least 0',
    got: String(epsilon),
    remedy: 'use 1e-5, or the layer_norm_eps of the model.',
  });
}

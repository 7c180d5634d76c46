import { add, dispose, mean, mul, ones, reshape, rsqrt, square, sub, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { defineOp } from './custom-op.ts';
import { dims } from './dims.ts';
import { ConfigError } from './error/index.ts';
import { checkFeatures, checkSizes } from './features.ts';
import type { Layer } from './layer.ts';
import { asRows, sumOfRows } from './linear.ts';
import { parameter } from './parameters.ts';

interface LayerNormAttributes {
  readonly epsilon: number;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
}

/** Rows less their mean. The sum of numbers far from 0 is rounded, so what the first mean missed is taken off by a second one. */
const centerRows = (rows: Tensor, center: Tensor, missed: Tensor): Tensor => sub(sub(rows, center), missed);

// Both means and the deviation are outputs as well, so that the gradient finds them again.
const layerNormOp = defineOp({
  name: 'LongspanLayerNorm',
  forward: ([x, ...affine]: readonly [Tensor, ...Tensor[]], { epsilon, hasWeight, hasBias }: LayerNormAttributes) => {
    const rows = asRows(x);
    const center = mean(rows, -1, true);
    const missed = mean(sub(rows, center), -1, true);
    const centered = centerRows(rows, center, missed);
    // Not E[x²] − E[x]², which loses everything where the mean is far larger than the deviation.
    const inverseDeviation = rsqrt(add(mean(square(centered), -1, true), epsilon));
    const weight = hasWeight ? affine[0] : undefined;
    const bias = hasBias ? affine.at(-1) : undefined;
    const normal = mul(centered, inverseDeviation);
    const scaled = weight === undefined ? normal : mul(normal, weight);
    return [reshape(bias === undefined ? scaled : add(scaled, bias), x.shape), center, missed, inverseDeviation];
  },
  save: { outputs: [1, 2, 3] },
  gradient: ({ inputs: [x, ...affine], outputs: [center, missed, inverseDeviation] }, [dy], { hasWeight, hasBias }) => {
    const normal = mul(centerRows(asRows(x), center, missed), inverseDeviation);
    const cotangent = asRows(dy);
    const scaled = hasWeight ? mul(cotangent, affine[0] as Tensor) : cotangent;
    const along = mul(normal, mean(mul(scaled, normal), -1, true));
    const dx = mul(sub(sub(scaled, mean(scaled, -1, true)), along), inverseDeviation);
    return [reshape(dx, x.shape), ...(hasWeight ? [sumOfRows(mul(cotangent, normal))] : []), ...(hasBias ? [sumOfRows(cotangent)] : [])];
  },
});

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
  const [y, ...statistics] = layerNormOp([x, ...affine], { epsilon, hasWeight: weight !== undefined, hasBias: bias !== undefined });
  dispose(statistics);
  return y;
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
 * @throws ConfigError when size is not a whole number of at least 1, or epsilon is negative
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

function checkEpsilon(door: string, epsilon: number): void {
  if (epsilon >= 0 && Number.isFinite(epsilon)) return;
  throw new ConfigError({
    door,
    problem: 'epsilon cannot be added to a variance.',
    expected: 'a finite number of at least 0',
    got: String(epsilon),
    remedy: 'use 1e-5, or the layer_norm_eps of the model.',
  });
}

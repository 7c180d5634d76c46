import { add, matMul, reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { asRows, sumOfRows } from './contracts/rows.ts';
import { defineOp } from './custom-op.ts';
import { dims } from './dims.ts';
import { checkFeatures, checkSizes } from './features.ts';
import type { Layer } from './layer.ts';
import { parameter } from './parameters.ts';
import { uniform } from './random-tensor.ts';

// On wasm one plain product of two matrices is SIMD code; with transposeA, transposeB or a batch it is scalar, 10 to 20 times
// slower. So everything here is such products, of matrices that were transposed before.

/** The linear map of rows, with the weight transposed to [in, out]. */
export function mapRows(rows: Tensor, transposed: Tensor, bias?: Tensor): Tensor {
  const product = matMul(rows, transposed);
  return bias === undefined ? product : add(product, bias);
}

/** The gradient of the linear map for its rows, by the weight [out, in]. */
export const rowsGradient = (dy: Tensor, weight: Tensor): Tensor => matMul(dy, weight);

/** The gradient of the linear map for its weight [out, in]. */
export const weightGradient = (dy: Tensor, rows: Tensor): Tensor => matMul(transpose(dy), rows);

const linearOp = defineOp({
  name: 'LongspanLinear',
  forward: ([x, weight, bias]: readonly [x: Tensor, weight: Tensor, ...bias: Tensor[]]) => [
    reshape(mapRows(asRows(x), transpose(weight), bias), [...x.shape.slice(0, -1), weight.shape[0] as number]),
  ],
  save: { inputs: [0, 1] },
  gradientOf: {
    0: ({ inputs: [x, weight] }, [dy]) => reshape(rowsGradient(asRows(dy), weight), x.shape),
    1: ({ inputs: [x] }, [dy]) => weightGradient(asRows(dy), asRows(x)),
    2: (_, [dy]) => sumOfRows(asRows(dy)),
  },
});

/**
 * Multiplies the last axis by a weight in PyTorch's layout and adds a bias. Its gradient is several times faster on wasm than
 * that of tfjs's matMul with transposeB.
 * @shape x [..., in]; weight [out, in]; bias [out]
 * @returns [..., out]
 * @throws ShapeError when x does not end in the weight's `in`, or the bias is not of its `out`
 * @cost O(rows · in · out) time; a transposed copy of the weight, and of the cotangent in the backward pass
 * @example
 * await applyLinear(tensor2d([[1, 2, 3]]), tensor2d([[1, 0, 0], [0, 1, 1]]), tensor1d([10, 20])).data(); // => [11, 25]
 */
export function applyLinear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const { in: width } = dims('applyLinear', { weight: [weight, 'out in'], bias: [bias, 'out'] });
  checkFeatures('applyLinear', 'x', x, width, 'weight');
  return linearOp(bias === undefined ? [x, weight] : [x, weight, bias], {})[0];
}

export interface LinearOptions {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** True if absent. */
  readonly bias?: boolean;
}

/**
 * A linear layer with the parameters `weight` and `bias`, drawn as PyTorch does: uniform within ±1/√inFeatures.
 * @shape x [..., inFeatures] -> [..., outFeatures]
 * @throws ConfigError when a size is not a whole number of at least 1
 * @cost that of `applyLinear`
 * @source torch.nn.Linear
 * @example
 * linear({ inFeatures: 3, outFeatures: 2 }).init(createKey(1)).weight.shape; // => [2, 3]
 */
export function linear({ inFeatures, outFeatures, bias = true }: LinearOptions): Layer {
  checkSizes('linear', { inFeatures, outFeatures });
  const bound = 1 / Math.sqrt(inFeatures);
  return {
    init: (key) => ({
      weight: uniform(key.fold('weight'), [outFeatures, inFeatures], { min: -bound, max: bound }),
      ...(bias ? { bias: uniform(key.fold('bias'), [outFeatures], { min: -bound, max: bound }) } : {}),
    }),
    apply: (parameters, x) =>
      applyLinear(x, parameter(parameters, 'weight', 'linear'), bias ? parameter(parameters, 'bias', 'linear') : undefined),
  };
}

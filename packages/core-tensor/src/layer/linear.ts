import type { Tensor } from '@tensorflow/tfjs-core';
import { linearContract } from '../contracts/linear/contract.ts';
import { float16LinearContract, int8LinearContract } from '../contracts/packed-linear/contract.ts';
import { requireKnown } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import { isPacked, type LinearWeight, type PackedWeight, requirePackedWeight } from '../weight/packed-weight.ts';
import { defineLayer } from './define-layer.ts';
import type { Layer } from './layer.ts';
import { weightOf } from './packed-parameters.ts';
import { biasSpec, type Draw, linearWeightSpec, zerosDraw } from './spec.ts';

/**
 * Multiplies the last axis by a weight in PyTorch's layout and adds a bias. Its gradient is several times faster on wasm than
 * that of tfjs's matMul with transposeB. A packed weight (`packWeight`) is widened inside of the product and has no gradient: x and the bias
 * have theirs, for which x is not kept.
 * @shape x [..., in]; weight [out, in], float32 or packed; bias [out]
 * @returns [..., out]
 * @throws ShapeError when x does not end in the weight's `in`, or the bias is not of its `out`; ConfigError for a packed weight that is not
 *   whole, where its bits would be lost (webgl, and webgpu without a kernel of its own), and when its gradient is taken
 * @cost O(rows · in · out) time; a transposed copy of the weight, and of the cotangent in the backward pass. Packed, the reference widens
 *   some output channels at a time, within 256 MB; kernels hold 1.6 MB for each thread
 * @example
 * await applyLinear(tensor2d([[1, 2, 3]]), tensor2d([[1, 0, 0], [0, 1, 1]]), tensor1d([10, 20])).data(); // => [11, 25]
 */
export function applyLinear(x: Tensor, weight: LinearWeight, bias?: Tensor): Tensor {
  if (isPacked(weight)) return applyPacked('applyLinear', x, weight, bias);
  const { in: width } = dims('applyLinear', { weight: [weight, 'out in:float32'], bias: [bias, '?out:float32'] });
  checkFeatures('applyLinear', 'x', x, width, 'weight');
  return bias === undefined
    ? linearContract.run([x, weight], { hasBias: false })[0]
    : linearContract.run([x, weight, bias], { hasBias: true })[0];
}

function applyPacked(caller: string, x: Tensor, weight: PackedWeight, bias: Tensor | undefined): Tensor {
  requirePackedWeight(caller, 'weight', weight);
  const [out, width] = weight.shape;
  dims(caller, { bias: [bias, `?${out}:float32`] });
  checkFeatures(caller, 'x', x, width, 'weight');
  const { kind, numbers, scale } = weight;
  const biases = bias === undefined ? [] : [bias];
  if (kind === 'float16') return float16LinearContract.run([x, numbers, ...biases], { width })[0];
  return int8LinearContract.run([x, numbers, scale as Tensor, ...biases], { width })[0];
}

export interface LinearConfig {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** True by default. */
  readonly bias?: boolean | undefined;
  /** How the weight is drawn; as PyTorch does by default, uniform within ±1/√inFeatures, the bias too. Else the bias starts as zeros. */
  readonly draw?: Draw | undefined;
}

/**
 * A linear layer with the parameters `weight` and `bias`. The weight may be packed (`packParameters`).
 * @shape x [..., inFeatures] -> [..., outFeatures]
 * @throws ConfigError when a size is not an integer of at least 1
 * @cost that of `applyLinear`
 * @source torch.nn.Linear
 * @example
 * linear({ inFeatures: 3, outFeatures: 2 }).init(createKey(1)).weight.shape; // => [2, 3]
 */
export function linear(config: LinearConfig): Layer {
  requireKnown('linear', config, { inFeatures: true, outFeatures: true, bias: 'flag', draw: 'record' });
  const { inFeatures, outFeatures, bias = true, draw } = config;
  checkSizes('linear', { inFeatures, outFeatures });
  const uniform: Draw = { kind: 'uniform', bound: 1 / Math.sqrt(inFeatures) };
  return defineLayer({
    name: 'linear',
    spec: {
      weight: linearWeightSpec([outFeatures, inFeatures], draw ?? uniform),
      ...(bias ? { bias: biasSpec([outFeatures], draw === undefined ? uniform : zerosDraw) } : {}),
    },
    check: (caller, x) => checkFeatures(caller, 'x', x, inFeatures, 'inFeatures'),
    run({ caller, parameters }, x) {
      checkFeatures(caller, 'x', x, inFeatures, 'inFeatures');
      return applyLinear(x, weightOf(parameters, 'weight', [outFeatures, inFeatures]), parameters.find('bias'));
    },
  });
}

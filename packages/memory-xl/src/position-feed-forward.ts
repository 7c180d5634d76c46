import {
  applyDropout,
  applyLayerNorm,
  applyLinear,
  dims,
  type Key,
  type Layer,
  type LayerContext,
  normal,
  type Parameters,
} from '@longspan/core-tensor';
import { add, ones, relu, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { dropoutKey, requireRate, requireShape, requireWhole } from './requirements.ts';

export interface PositionFeedForwardConfig {
  readonly width: number;
  /** Features between the two linear maps. */
  readonly innerWidth: number;
  /** Behind the residual sum ('post') or before the maps ('pre'); 'post' when absent. */
  readonly norm?: 'post' | 'pre';
  /** Added to variances in the layer norm; 1e-5 when absent. */
  readonly epsilon?: number;
  /** Share of the inner and of the outer features that is dropped while training; 0 when absent. */
  readonly dropout?: number;
}

const door = 'positionFeedForward';
const initialDeviation = 0.02;

/**
 * Transformer-XL's feed-forward layer: linear, relu, linear, residual sum, layer norm. Parameters as in Hugging Face: `CoreNet.0`,
 * `CoreNet.3`, `layer_norm`, each `.weight`, `.bias`.
 * @shape x [b, n, width] -> [b, n, width]
 * @throws ConfigError when a size or the rate is not possible; apply: ShapeError, ConfigError when x or a parameter does not fit
 * @cost O(b · n · width · innerWidth) time; one temporary of [b, n, innerWidth]
 * @source PositionwiseFF of Hugging Face transformers 4.57
 * @example
 * const layer = positionFeedForward({ width: 4, innerWidth: 6 });
 * layer.apply(layer.init(createKey(0)), ones([1, 5, 4])).shape; // => [1, 5, 4]
 */
export function positionFeedForward({ width, innerWidth, norm = 'post', epsilon = 1e-5, dropout = 0 }: PositionFeedForwardConfig): Layer {
  requireWhole(door, { width, innerWidth }, 1);
  requireRate(door, 'dropout', dropout);
  return {
    init: (key: Key): Parameters => ({
      'CoreNet.0.weight': normal(key.fold('CoreNet.0.weight'), [innerWidth, width], { standardDeviation: initialDeviation }),
      'CoreNet.0.bias': zeros([innerWidth]),
      'CoreNet.3.weight': normal(key.fold('CoreNet.3.weight'), [width, innerWidth], { standardDeviation: initialDeviation }),
      'CoreNet.3.bias': zeros([width]),
      'layer_norm.weight': ones([width]),
      'layer_norm.bias': zeros([width]),
    }),
    apply(parameters: Parameters, x: Tensor, context?: LayerContext): Tensor {
      dims(door, { x: [x, `... ${width}:float32`] });
      const found = (name: string, shape: readonly number[]): Tensor => requireShape(door, parameters, name, shape);
      const [wideWeight, wideBias] = [found('CoreNet.0.weight', [innerWidth, width]), found('CoreNet.0.bias', [innerWidth])];
      const [weight, bias] = [found('CoreNet.3.weight', [width, innerWidth]), found('CoreNet.3.bias', [width])];
      const [normWeight, normBias] = [found('layer_norm.weight', [width]), found('layer_norm.bias', [width])];
      const key = dropoutKey(door, dropout, context);
      const drop = (each: Tensor, name: string): Tensor => (key === undefined ? each : applyDropout(each, dropout, key.fold(name)));
      return tidy(() => {
        const from = norm === 'pre' ? applyLayerNorm(x, normWeight, normBias, epsilon) : x;
        const inner = drop(relu(applyLinear(from, wideWeight, wideBias)), 'inner');
        const sum = add(x, drop(applyLinear(inner, weight, bias), 'outer'));
        return norm === 'post' ? applyLayerNorm(sum, normWeight, normBias, epsilon) : sum;
      });
    },
  };
}

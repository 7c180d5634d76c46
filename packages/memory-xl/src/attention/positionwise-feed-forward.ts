import {
  applyDropout,
  applyLayerNorm,
  applyLinear,
  dims,
  dropoutKey,
  type Key,
  type Layer,
  type LayerContext,
  normal,
  type Parameters,
  requireRate,
} from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { add, ones, relu, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { requireShapes } from './requirements.ts';

export interface PositionwiseFeedForwardConfig {
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

const caller = 'positionwiseFeedForward';
const initialDeviation = 0.02;

/**
 * Transformer-XL's feed-forward layer: linear, relu, linear, residual sum, layer norm. Parameters as in Hugging Face: `CoreNet.0`,
 * `CoreNet.3`, `layer_norm`, each `.weight`, `.bias`.
 * @shape x [b, n, width] -> [b, n, width]
 * @throws ConfigError when a size or the rate is not possible; apply: ShapeError, ConfigError when x or a parameter does not fit
 * @cost O(b · n · width · innerWidth) time; one temporary of [b, n, innerWidth]
 * @source PositionwiseFF of Hugging Face transformers 4.57
 * @example
 * const layer = positionwiseFeedForward({ width: 4, innerWidth: 6 });
 * layer.apply(layer.init(createKey(0)), ones([1, 5, 4])).shape; // => [1, 5, 4]
 */
export function positionwiseFeedForward({
  width,
  innerWidth,
  norm = 'post',
  epsilon = 1e-5,
  dropout = 0,
}: PositionwiseFeedForwardConfig): Layer {
  requireInteger(caller, { width, innerWidth }, 1);
  requireRate(caller, 'dropout', dropout);
  const shapes = feedForwardShapes({ width, innerWidth });
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
      dims(caller, { x: [x, `... ${width}:float32`] });
      const p = requireShapes(caller, parameters, shapes);
      const normed = (each: Tensor): Tensor => applyLayerNorm(each, p['layer_norm.weight'], p['layer_norm.bias'], epsilon);
      const key = dropoutKey(caller, dropout, context);
      const drop = (each: Tensor, name: string): Tensor => (key === undefined ? each : applyDropout(each, dropout, key.fold(name)));
      return tidy(() => {
        const wide = applyLinear(norm === 'pre' ? normed(x) : x, p['CoreNet.0.weight'], p['CoreNet.0.bias']);
        const narrow = applyLinear(drop(relu(wide), 'inner'), p['CoreNet.3.weight'], p['CoreNet.3.bias']);
        const sum = add(x, drop(narrow, 'outer'));
        return norm === 'post' ? normed(sum) : sum;
      });
    },
  };
}

/** The shape of each parameter. */
export const feedForwardShapes = ({
  width,
  innerWidth,
}: Pick<PositionwiseFeedForwardConfig, 'width' | 'innerWidth'>): Readonly<
  Record<`${'CoreNet.0' | 'CoreNet.3' | 'layer_norm'}.${'weight' | 'bias'}`, readonly number[]>
> => ({
  'CoreNet.0.weight': [innerWidth, width],
  'CoreNet.0.bias': [innerWidth],
  'CoreNet.3.weight': [width, innerWidth],
  'CoreNet.3.bias': [width],
  'layer_norm.weight': [width],
  'layer_norm.bias': [width],
});

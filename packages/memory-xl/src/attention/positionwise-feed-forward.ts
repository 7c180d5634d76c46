import { applyDropout, defineLayer, type Layer, type LayerContext, layerNorm, linear } from '@longspan/core-tensor';
import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { dropoutKey, requireRate, transformerDraw } from '@longspan/core-tensor/layer';
import { add, relu, type Tensor } from '@tensorflow/tfjs-core';
import { type Normalization, requireNormalization } from './normalization.ts';

export interface PositionwiseFeedForwardConfig {
  readonly width: number;
  /** Features between the two linear maps. */
  readonly innerWidth: number;
  /** Where the layer norm stands; 'post' by default. */
  readonly normalization?: Normalization | undefined;
  /** Added to variances in the layer norm; 1e-5 by default. */
  readonly epsilon?: number | undefined;
  /** Rate at which inner and outer features are dropped while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
}

const caller = 'positionwiseFeedForward';

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
export function positionwiseFeedForward(config: PositionwiseFeedForwardConfig): Layer {
  requireKnown(caller, config, { width: true, innerWidth: true, normalization: true, epsilon: 'amount', hiddenDropout: true });
  const { width, innerWidth, normalization = 'post', epsilon = 1e-5, hiddenDropout = 0 } = config;
  requireInteger(caller, { width, innerWidth }, 1);
  requireRate(caller, 'hiddenDropout', hiddenDropout);
  requireNormalization(caller, normalization);
  const norm = layerNorm({ width, epsilon });
  return defineLayer({
    name: caller,
    parts: {
      'CoreNet.0': linear({ inFeatures: width, outFeatures: innerWidth, draw: transformerDraw }),
      'CoreNet.3': linear({ inFeatures: innerWidth, outFeatures: width, draw: transformerDraw }),
      layer_norm: norm,
    },
    checkContext: (name, context) => void dropoutKey(name, hiddenDropout, context),
    check: norm.check,
    run({ caller, parts }, x: Tensor, context: LayerContext) {
      const key = dropoutKey(caller, hiddenDropout, context);
      const drop = (each: Tensor, name: string): Tensor => (key === undefined ? each : applyDropout(each, hiddenDropout, key.fold(name)));
      const wide = parts['CoreNet.0'](normalization === 'pre' ? parts.layer_norm(x) : x);
      const sum = add(x, drop(parts['CoreNet.3'](drop(relu(wide), 'inner')), 'outer'));
      return normalization === 'post' ? parts.layer_norm(sum) : sum;
    },
  });
}

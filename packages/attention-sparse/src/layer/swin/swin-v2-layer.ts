import { defineLayer, dropout, feedForward, type Layer, layerNorm, linear } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { transformerDraw } from '@longspan/core-tensor/layer';
import { add } from '@tensorflow/tfjs-core';
import { stochasticDepth } from './stochastic-depth.ts';
import type { GridContext } from './swin-attention.ts';
import type { SwinLayerConfig } from './swin-layer.ts';
import { type SwinV2AttentionConfig, swinV2Attention } from './swin-v2-attention.ts';

export interface SwinV2LayerConfig extends SwinV2AttentionConfig, Omit<SwinLayerConfig, keyof SwinV2AttentionConfig | 'fixedWindows'> {}

/**
 * A layer of Swin V2: (shifted) window attention, output projection, layer norm, residual sum; linear, GELU, linear, layer norm, residual
 * sum. Parameters as in Hugging Face: those of swinLayer, with `attention.self.*` of swinV2Attention. `attentionDropout` also acts after
 * the output projection, as there; `stochasticDepth` leaves out the attention and the feed-forward part apart.
 * @shape x [b, height · width, c] -> [b, height · width, c]
 * @throws as swinV2Attention
 * @cost O(n · windowSide²) pairs and O(n · c · (4 · c + 2 · innerWidth)) multiply-adds
 * @source Liu et al. 2022 (arXiv 2111.09883) §3.2; Swinv2Layer of Hugging Face transformers 4.57
 * @example
 * const layer = swinV2Layer({ width: 4, heads: 2, windowSide: 2, shift: 1 });
 * layer.apply(layer.init(createKey(0)), ones([1, 12, 4]), { grid: { height: 3, width: 4 } }).shape; // => [1, 12, 4]
 */
export const swinV2Layer = (config: SwinV2LayerConfig): Layer<GridContext> => inNameOf('swinV2Layer', () => layerOf(config));

function layerOf(config: SwinV2LayerConfig): Layer<GridContext> {
  requireKnown('swinV2Layer', config, {
    innerWidth: true,
    activation: true,
    epsilon: 'amount',
    hiddenDropout: true,
    stochasticDepth: true,
    chunkLength: true,
    width: true,
    heads: true,
    windowSide: true,
    shift: true,
    pretrainedWindowSide: true,
    bias: 'flag',
    attentionDropout: true,
  });
  const { innerWidth, activation, epsilon = 1e-5, hiddenDropout = 0, stochasticDepth: leftOut = 0, chunkLength, ...own } = config;
  const { width, attentionDropout = 0 } = own;
  const attention = swinV2Attention(own);
  const inner = feedForward({
    width,
    innerWidth,
    activation,
    chunkLength,
    draw: transformerDraw,
    names: { inner: 'intermediate.dense', outer: 'output.dense' },
  });
  return defineLayer({
    name: 'swinV2Layer',
    // Its two linear layers have no name in common, so they are this layer's own.
    spec: inner.spec,
    parts: {
      'attention.self': attention,
      'attention.output.dense': linear({ inFeatures: width, outFeatures: width, draw: transformerDraw }),
      layernorm_before: layerNorm({ width, epsilon }),
      layernorm_after: layerNorm({ width, epsilon }),
      'attention.output.dropout': dropout({ rate: attentionDropout }),
      'attention.stochasticDepth': stochasticDepth({ rate: leftOut }),
      'output.dropout': dropout({ rate: hiddenDropout }),
      'output.stochasticDepth': stochasticDepth({ rate: leftOut }),
    },
    check: (caller, x, context) => attention.check(caller, x, context),
    run({ parts, parameters, state }, x, _: GridContext) {
      const attended = parts['attention.output.dropout'](parts['attention.output.dense'](parts['attention.self'](x)));
      const between = add(x, parts['attention.stochasticDepth'](parts.layernorm_before(attended)));
      const mapped = parts['output.dropout'](inner.run({ parameters, state }, between, {}));
      return add(between, parts['output.stochasticDepth'](parts.layernorm_after(mapped)));
    },
  });
}

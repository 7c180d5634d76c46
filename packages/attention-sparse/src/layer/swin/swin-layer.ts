import { type Activation, defineLayer, dropout, feedForward, type Layer, layerNorm, linear } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { transformerDraw } from '@longspan/core-tensor/layer';
import { add } from '@tensorflow/tfjs-core';
import { stochasticDepth } from './stochastic-depth.ts';
import { type GridContext, type SwinAttentionConfig, swinAttention } from './swin-attention.ts';

export interface SwinLayerConfig extends SwinAttentionConfig {
  /** Features between the two linear layers after the attention; 4 · width by default (Hugging Face's `mlp_ratio`). */
  readonly innerWidth?: number | undefined;
  /** Between those layers; 'gelu' by default. */
  readonly activation?: Activation | undefined;
  /** Added to variances in the layer norms; 1e-5 by default. */
  readonly epsilon?: number | undefined;
  /** Share of the features that is dropped after the last linear layer while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
  /** Share of the images of a batch whose attention is left out, as a residual sum without it, while training; 0 by default. */
  readonly stochasticDepth?: number | undefined;
  /** Tokens, of all batch rows together, whose inner features are there at one time; all of them by default. */
  readonly chunkLength?: number | undefined;
}

/**
 * A layer of Swin: layer norm, (shifted) window attention, output projection, residual sum; layer norm, linear, GELU, linear, residual
 * sum. Parameters as in Hugging Face: `layernorm_before`, `attention.self.*` (see swinAttention), `attention.output.dense`,
 * `layernorm_after`, `intermediate.dense`, `output.dense`, each `.weight`, `.bias`. `attentionDropout` also acts after the output
 * projection, as there, and so does `stochasticDepth`, which leaves the feed-forward part alone.
 * @shape x [b, height · width, c] -> [b, height · width, c]
 * @throws as swinAttention
 * @cost O(n · windowSide²) pairs and O(n · c · (4 · c + 2 · innerWidth)) multiply-adds
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.2, eq. 3; SwinLayer of Hugging Face transformers 4.57
 * @example
 * const layer = swinLayer({ width: 4, heads: 2, windowSide: 2, shift: 1 });
 * layer.apply(layer.init(createKey(0)), ones([1, 12, 4]), { grid: { height: 3, width: 4 } }).shape; // => [1, 12, 4]
 */
export const swinLayer = (config: SwinLayerConfig): Layer<GridContext> => inNameOf('swinLayer', () => layerOf(config));

function layerOf(config: SwinLayerConfig): Layer<GridContext> {
  requireKnown('swinLayer', config, {
    innerWidth: true,
    activation: true,
    stochasticDepth: true,
    fixedWindows: 'flag',
    epsilon: 'amount',
    hiddenDropout: true,
    chunkLength: true,
    width: true,
    heads: true,
    windowSide: true,
    shift: true,
    bias: 'flag',
    attentionDropout: true,
  });
  const {
    width,
    innerWidth,
    epsilon = 1e-5,
    attentionDropout = 0,
    hiddenDropout = 0,
    stochasticDepth: leftOut = 0,
    chunkLength,
    activation,
  } = config;
  const attention = swinAttention({
    width: config.width,
    heads: config.heads,
    windowSide: config.windowSide,
    shift: config.shift,
    bias: config.bias,
    fixedWindows: config.fixedWindows,
    attentionDropout: config.attentionDropout,
  });
  const inner = feedForward({
    width,
    innerWidth,
    activation,
    chunkLength,
    draw: transformerDraw,
    names: { inner: 'intermediate.dense', outer: 'output.dense' },
  });
  return defineLayer({
    name: 'swinLayer',
    // Its two linear layers have no name in common, so they are this layer's own.
    spec: inner.spec,
    parts: {
      layernorm_before: layerNorm({ width, epsilon }),
      'attention.self': attention,
      'attention.output.dense': linear({ inFeatures: width, outFeatures: width, draw: transformerDraw }),
      layernorm_after: layerNorm({ width, epsilon }),
      'attention.output.dropout': dropout({ rate: attentionDropout }),
      'attention.stochasticDepth': stochasticDepth({ rate: leftOut }),
      'output.dropout': dropout({ rate: hiddenDropout }),
    },
    check: (caller, x, context) => attention.check(caller, x, context),
    run({ parts, parameters, state }, x, _: GridContext) {
      const attended = parts['attention.output.dense'](parts['attention.self'](parts.layernorm_before(x)));
      const between = add(x, parts['attention.stochasticDepth'](parts['attention.output.dropout'](attended)));
      const mapped = inner.run({ parameters, state }, parts.layernorm_after(between), {});
      return add(between, parts['output.dropout'](mapped));
    },
  });
}

import { type Activation, defineLayer, dropout, feedForward, type Layer, layerNorm, linear } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { transformerDraw } from '@longspan/core-tensor/layer';
import { add } from '@tensorflow/tfjs-core';
import { type LongformerAttentionConfig, type LongformerContext, longformerAttention } from './longformer-attention.ts';

export interface LongformerLayerConfig extends LongformerAttentionConfig {
  /** Features between the two linear layers after the attention; 4 · width by default. */
  readonly innerWidth?: number | undefined;
  /** 'gelu' by default. */
  readonly activation?: Activation | undefined;
  /** Share of the features that is dropped before each residual sum while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
  /** Added to variances in the layer norms; 1e-12 by default. */
  readonly epsilon?: number | undefined;
  /** Tokens, of all batch rows together, whose inner features are there at one time; all of them by default. */
  readonly chunkLength?: number | undefined;
}

/**
 * A whole layer of Longformer, as of BERT: attention, output projection, residual sum, norm; feed-forward, residual sum, norm.
 * Parameters as in Hugging Face: `attention.self.*` (see longformerAttention), `attention.output.dense`, `attention.output.LayerNorm`,
 * `intermediate.dense`, `output.dense`, `output.LayerNorm`, each `.weight`, `.bias`.
 * @shape x [b, n, width] -> [b, n, width]
 * @throws as longformerAttention
 * @cost that of longformerAttention, and O(n · width · (width + 2 · innerWidth)) multiply-adds
 * @source Beltagy et al. 2020 (arXiv 2004.05150); LongformerLayer of Hugging Face transformers 4.57
 * @example
 * const layer = longformerLayer({ width: 4, heads: 2, window: { left: 1, right: 1 } });
 * layer.apply(layer.init(createKey(0)), ones([1, 5, 4]), { globals: [0] }).shape; // => [1, 5, 4]
 */
export const longformerLayer = (config: LongformerLayerConfig): Layer<LongformerContext> =>
  inNameOf('longformerLayer', () => layerOf(config));

function layerOf(config: LongformerLayerConfig): Layer<LongformerContext> {
  requireKnown('longformerLayer', config, {
    innerWidth: true,
    activation: true,
    hiddenDropout: true,
    epsilon: 'amount',
    chunkLength: true,
    width: true,
    heads: true,
    window: true,
    attentionDropout: true,
    blockSize: true,
    draw: 'record',
  });
  const { width, innerWidth, activation, hiddenDropout = 0, epsilon = 1e-12, chunkLength } = config;
  const { heads, window, attentionDropout, blockSize, draw = transformerDraw } = config;
  const attention = longformerAttention({ width, heads, window, attentionDropout, blockSize, draw });
  const inner = feedForward({
    width,
    innerWidth,
    activation,
    chunkLength,
    draw,
    names: { inner: 'intermediate.dense', outer: 'output.dense' },
  });
  return defineLayer({
    name: 'longformerLayer',
    // Its two linear layers have no name in common, so they are this layer's own.
    spec: inner.spec,
    parts: {
      'attention.self': attention,
      'attention.output.dense': linear({ inFeatures: width, outFeatures: width, draw }),
      'attention.output.LayerNorm': layerNorm({ width, epsilon }),
      'output.LayerNorm': layerNorm({ width, epsilon }),
      'attention.output.dropout': dropout({ rate: hiddenDropout }),
      'output.dropout': dropout({ rate: hiddenDropout }),
    },
    check: (caller, x, context) => attention.check(caller, x, context),
    run({ parts, parameters, state }, x, _: LongformerContext) {
      const attended = parts['attention.output.dense'](parts['attention.self'](x));
      const between = parts['attention.output.LayerNorm'](add(x, parts['attention.output.dropout'](attended)));
      const mapped = inner.run({ parameters, state }, between, {});
      return parts['output.LayerNorm'](add(between, parts['output.dropout'](mapped)));
    },
  });
}

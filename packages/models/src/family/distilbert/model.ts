import type { Layer } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../../config/read-config.ts';
import { type DenseEncoderContext, denseEncoder } from '../../encoder/dense-encoder.ts';
import type { EncoderLayerNames } from '../../encoder/encoder-layer.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type DistilbertConfig, distilbertConfig } from './config.ts';

export type DistilbertContext = Omit<DenseEncoderContext, 'tokenTypes'>;

/** Of every norm, and in no config. */
export const epsilon = 1e-12;

const layerNames: EncoderLayerNames = {
  attention: 'attention',
  attentionOutput: undefined,
  attentionNorm: 'sa_layer_norm',
  inner: 'ffn.lin1',
  outer: 'ffn.lin2',
  norm: 'output_layer_norm',
};

/**
 * DistilBERT: BERT's layers without token types and pooler. Parameters as in Hugging Face's DistilBertModel.
 * Context: `padding`, `positions`, `hiddenStates`, and `mask`: `documents(ids)` for texts that are packed into a row.
 * @shape ids int32 [b, n] -> hidden [b, n, dim]
 * @throws ConfigError when heads do not divide dim; apply: ConfigError for a text longer than the table of positions
 * @cost O(n² · dim) time for the attention, nothing n x n in memory; O(n · dim · (4 · dim + 2 · hiddenDim)) a layer
 * @source Sanh et al. 2019 (arXiv 1910.01108); DistilBertModel of Hugging Face transformers 4.57
 * @example
 * const model = distilbertModel({ vocabSize: 9, dim: 8, nLayers: 1, nHeads: 2, hiddenDim: 16 });
 * const { hidden } = model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3]], [1, 3], 'int32'));
 * hidden.shape; // => [1, 3, 8]
 */
export const distilbertModel = (
  config: ConfigJson | Partial<DistilbertConfig>,
  options: ModelOptions = {},
): Layer<DistilbertContext, EncoderOutput> =>
  inNameOf('distilbertModel', () => modelOf('distilbertModel', distilbertConfig(config), options));

/** The body of a model with a head, whom errors name. */
export const modelOf = (name: string, config: DistilbertConfig, options: ModelOptions): Layer<DistilbertContext, EncoderOutput> =>
  denseEncoder(
    name,
    {
      vocabSize: config.vocabSize,
      hiddenSize: config.dim,
      numHiddenLayers: config.nLayers,
      numAttentionHeads: config.nHeads,
      intermediateSize: config.hiddenDim,
      hiddenAct: config.activation,
      hiddenDropoutProb: config.dropout,
      attentionProbsDropoutProb: config.attentionDropout,
      maxPositionEmbeddings: config.maxPositionEmbeddings,
      layerNormEps: epsilon,
      padTokenId: config.padTokenId,
      initializerRange: config.initializerRange,
      chunkSizeFeedForward: config.chunkSizeFeedForward,
      attentionMasks: config.attentionMasks,
    },
    {
      positionsOver: 'row',
      layerNames,
      layerName: (at) => `transformer.layer.${at}`,
      projections: { query: 'q_lin', key: 'k_lin', value: 'v_lin', output: 'out_lin' },
      hasPooler: false,
    },
    options,
  ) as object as Layer<DistilbertContext, EncoderOutput>;

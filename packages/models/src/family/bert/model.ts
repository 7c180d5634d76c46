import { multiHeadAttention, type SelfAttentionContext } from '@longspan/attention-sparse';
import type { Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { activations } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { type EmbeddingsContext, encoderEmbeddings } from '../../encoder/embeddings.ts';
import { bertLayerNames, encoderLayer } from '../../encoder/encoder-layer.ts';
import { type EncoderContext, type EncoderOutput, encoderModel } from '../../encoder/encoder-model.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type BertConfig, bertConfig } from './config.ts';

export type BertContext = EmbeddingsContext & SelfAttentionContext & EncoderContext;

export interface BertOptions extends ModelOptions {
  /** Whether the model has a pooler; true by default. */
  readonly pooler?: boolean | undefined;
}

/**
 * BERT: embeddings, and post-norm layers in which every token attends to every other one. Parameters as in Hugging Face's BertModel.
 * Context: `padding`, `tokenTypes`, `positions`, `hiddenStates`.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 * @throws ConfigError when heads do not divide hiddenSize; apply: ConfigError for a text longer than the table of positions
 * @cost O(n² · hiddenSize) time for the attention, nothing n x n in memory; O(n · hiddenSize · (4 · hiddenSize + 2 · intermediateSize)) a layer
 * @source Devlin et al. 2019 (arXiv 1810.04805); BertModel of Hugging Face transformers 4.57
 * @example
 * const model = bertModel({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3]], [1, 3], 'int32'));
 * [hidden.shape, pooled.shape]; // => [[1, 3, 8], [1, 8]]
 */
export const bertModel = (config: ConfigJson | Partial<BertConfig>, options: BertOptions = {}): Layer<BertContext, EncoderOutput> =>
  inNameOf('bertModel', () => modelOf('bertModel', bertConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: BertConfig, options: BertOptions): Layer<BertContext, EncoderOutput> {
  requireKnown(name, options, { ...modelOptionNames, pooler: 'flag' });
  const { hiddenSize: width, initializerRange: standardDeviation, layerNormEps, hiddenDropoutProb, chunkSizeFeedForward } = config;
  const { wrapLayer = (layer) => layer, pooler = true, blockSize } = options;
  const layer = () =>
    wrapLayer(
      encoderLayer({
        name,
        width,
        innerWidth: config.intermediateSize,
        activation: activations[config.hiddenAct],
        attention: multiHeadAttention({
          width,
          heads: config.numAttentionHeads,
          output: false,
          draw: { kind: 'normal', standardDeviation },
          attentionDropout: config.attentionProbsDropoutProb,
          blockSize,
        }),
        names: bertLayerNames,
        epsilon: layerNormEps,
        hiddenDropout: hiddenDropoutProb,
        standardDeviation,
        chunkLength: chunkSizeFeedForward === 0 ? undefined : chunkSizeFeedForward,
      }),
    );
  return encoderModel<EmbeddingsContext & SelfAttentionContext>({
    name,
    width,
    embeddings: encoderEmbeddings({
      name,
      vocabulary: config.vocabSize,
      width,
      positions: config.maxPositionEmbeddings,
      positionsOver: 'row',
      tokenTypes: config.typeVocabSize,
      paddingIndex: config.padTokenId,
      epsilon: layerNormEps,
      hiddenDropout: hiddenDropoutProb,
      standardDeviation,
    }) as Layer<never>,
    layers: Array.from({ length: config.numHiddenLayers }, layer) as readonly Layer<never>[],
    pooler,
    standardDeviation,
  });
}

import type { Layer } from '@longspan/core-tensor';
import { wrapLayer } from '@longspan/core-tensor/layer';
import { activations, labelCount } from '../../config/kinds.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import {
  type ClassificationConfig,
  firstTokenHead,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
  wordHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import type { LongformerConfig } from './config.ts';
import { type LongformerContext, longformerModel } from './model.ts';

const body = (config: LongformerConfig, options: ModelOptions | undefined) => ({
  name: 'longformer',
  layer: longformerModel(config, { ...options, pooler: false }),
});

const classification = (name: string, config: LongformerConfig): ClassificationConfig => ({
  name,
  width: config.hiddenSize,
  labels: labelCount(config),
  problemType: config.problemType,
  dropout: config.hiddenDropoutProb,
  standardDeviation: config.initializerRange,
});

/**
 * Longformer with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of longformerModel, and n · hiddenSize · vocabSize multiply-adds
 * @source LongformerForMaskedLM of Hugging Face transformers 4.57
 */
export const longformerForMaskedLanguageModel = (
  config: LongformerConfig,
  options?: ModelOptions,
): HeadedModel<LongformerContext, Labels> =>
  wordHead(body(config, options), {
    name: 'longformerForMaskedLanguageModel',
    width: config.hiddenSize,
    vocabulary: config.vocabSize,
    activation: activations.gelu,
    epsilon: config.layerNormEps,
    standardDeviation: config.initializerRange,
    names: { transform: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder', bias: 'lm_head.bias' },
    tiedTo: config.tieWordEmbeddings ? 'longformer.embeddings.word_embeddings.weight' : undefined,
  });

/** The same with its first token global, unless the context says which ones are. */
const withFirstTokenGlobal = (layer: Layer<LongformerContext, EncoderOutput>): Layer<LongformerContext, EncoderOutput> =>
  wrapLayer(layer, (inner, x, scope, context) => inner(x, scope, { ...context, globals: context.globals ?? [0] }));

/**
 * Longformer with logits of the classes of a whole text, and `loss` over `labels`. The first token, of which the logits are made, is
 * global unless `globals` says otherwise, as in Hugging Face.
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of longformerModel
 * @source LongformerForSequenceClassification of Hugging Face transformers 4.57
 */
export function longformerForSequenceClassification(
  config: LongformerConfig,
  options?: ModelOptions,
): HeadedModel<LongformerContext, Labels> {
  const { name, layer } = body(config, options);
  const own = classification('longformerForSequenceClassification', config);
  return sequenceClassification({ name, layer: withFirstTokenGlobal(layer) }, own, firstTokenHead(own));
}

/**
 * Longformer with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of longformerModel
 * @source LongformerForTokenClassification of Hugging Face transformers 4.57
 */
export const longformerForTokenClassification = (
  config: LongformerConfig,
  options?: ModelOptions,
): HeadedModel<LongformerContext, Labels> =>
  tokenClassification(body(config, options), classification('longformerForTokenClassification', config));

/**
 * Longformer with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`. It needs
 * `globals`: the question's tokens, as `questionTokens` finds them.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of longformerModel
 * @source LongformerForQuestionAnswering of Hugging Face transformers 4.57
 */
export const longformerForQuestionAnswering = (
  config: LongformerConfig,
  options?: ModelOptions,
): HeadedModel<LongformerContext, SpanLabels, SpanOutput> =>
  questionAnswering(body(config, options), {
    name: 'longformerForQuestionAnswering',
    width: config.hiddenSize,
    standardDeviation: config.initializerRange,
    needs: { globals: 'questionTokens(rows, config)' },
  });

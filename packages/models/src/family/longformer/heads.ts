import type { Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { wrapLayer } from '@longspan/core-tensor/layer';
import { labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import {
  type ClassificationConfig,
  firstTokenHead,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import { robertaWordHead } from '../../head/roberta-word-head.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type LongformerConfig, longformerConfig } from './config.ts';
import { type LongformerContext, modelOf } from './model.ts';

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(
  name: string,
  config: ConfigJson | Partial<LongformerConfig>,
  make: (name: string, read: LongformerConfig) => Model,
): Model => inNameOf(name, () => make(name, longformerConfig(config)));

const body = (name: string, config: LongformerConfig, options: ModelOptions) => {
  requireKnown(name, options, modelOptionNames);
  return { name: 'longformer', layer: modelOf(name, config, { ...options, pooler: false }) };
};

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
  config: ConfigJson | Partial<LongformerConfig>,
  options: ModelOptions = {},
): HeadedModel<LongformerContext, Labels> =>
  made('longformerForMaskedLanguageModel', config, (name, read) => robertaWordHead(name, read, body(name, read, options)));

/** The same with its first token global, unless the context says which ones are. */
const withFirstTokenGlobal = (layer: Layer<LongformerContext, EncoderOutput>): Layer<LongformerContext, EncoderOutput> =>
  wrapLayer(layer, (inner, x, scope, context) =>
    inner(x, scope, { ...context, globals: context.globals === undefined ? [0] : context.globals }),
  );

/**
 * Longformer with logits of the classes of a whole text, and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels]. The first token,
 * of which the logits are made, is global unless `globals` says otherwise, as in Hugging Face.
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of longformerModel
 * @source LongformerForSequenceClassification of Hugging Face transformers 4.57
 */
export const longformerForSequenceClassification = (
  config: ConfigJson | Partial<LongformerConfig>,
  options: ModelOptions = {},
): HeadedModel<LongformerContext, Labels> =>
  made('longformerForSequenceClassification', config, (called, read) => {
    const { name, layer } = body(called, read, options);
    const own = classification(called, read);
    return sequenceClassification({ name, layer: withFirstTokenGlobal(layer) }, own, firstTokenHead(own));
  });

/**
 * Longformer with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of longformerModel
 * @source LongformerForTokenClassification of Hugging Face transformers 4.57
 */
export const longformerForTokenClassification = (
  config: ConfigJson | Partial<LongformerConfig>,
  options: ModelOptions = {},
): HeadedModel<LongformerContext, Labels> =>
  made('longformerForTokenClassification', config, (name, read) =>
    tokenClassification(body(name, read, options), classification(name, read)),
  );

/**
 * Longformer with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`. It needs
 * `globals`: the question's tokens, as `questionTokens` finds them.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of longformerModel
 * @source LongformerForQuestionAnswering of Hugging Face transformers 4.57
 */
export const longformerForQuestionAnswering = (
  config: ConfigJson | Partial<LongformerConfig>,
  options: ModelOptions = {},
): HeadedModel<LongformerContext & { readonly globals: NonNullable<LongformerContext['globals']> }, SpanLabels, SpanOutput> =>
  made('longformerForQuestionAnswering', config, (name, read) =>
    questionAnswering(body(name, read, options), {
      name,
      width: read.hiddenSize,
      standardDeviation: read.initializerRange,
      needs: { globals: 'questionTokens(rows, config)' },
    }),
  );

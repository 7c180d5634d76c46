import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { activations, labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import {
  type ClassificationConfig,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
  wordHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type BertConfig, bertConfig } from './config.ts';
import { type BertContext, modelOf } from './model.ts';

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(name: string, config: ConfigJson | Partial<BertConfig>, make: (name: string, read: BertConfig) => Model): Model =>
  inNameOf(name, () => make(name, bertConfig(config)));

const body = (name: string, config: BertConfig, options: ModelOptions, pooler: boolean) => {
  requireKnown(name, options, modelOptionNames);
  return { name: 'bert', layer: modelOf(name, config, { ...options, pooler }) };
};

const classification = (name: string, config: BertConfig): ClassificationConfig => ({
  name,
  width: config.hiddenSize,
  labels: labelCount(config),
  problemType: config.problemType,
  dropout: config.classifierDropout ?? config.hiddenDropoutProb,
  standardDeviation: config.initializerRange,
});

/**
 * BERT with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of bertModel, and n · hiddenSize · vocabSize multiply-adds
 * @source BertForMaskedLM of Hugging Face transformers 4.57
 */
export const bertForMaskedLanguageModel = (
  config: ConfigJson | Partial<BertConfig>,
  options: ModelOptions = {},
): HeadedModel<BertContext, Labels> =>
  made('bertForMaskedLanguageModel', config, (name, read) =>
    wordHead(body(name, read, options, false), {
      name,
      width: read.hiddenSize,
      vocabulary: read.vocabSize,
      activation: activations[read.hiddenAct],
      epsilon: read.layerNormEps,
      standardDeviation: read.initializerRange,
      names: {
        transform: 'cls.predictions.transform.dense',
        norm: 'cls.predictions.transform.LayerNorm',
        decoder: 'cls.predictions.decoder',
        bias: 'cls.predictions.bias',
      },
      tiedTo: read.tieWordEmbeddings ? 'bert.embeddings.word_embeddings.weight' : undefined,
    }),
  );

/**
 * BERT with logits of the classes of a whole text, and `loss` over `labels` (see `classificationLoss`).
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of bertModel
 * @source BertForSequenceClassification of Hugging Face transformers 4.57
 */
export const bertForSequenceClassification = (
  config: ConfigJson | Partial<BertConfig>,
  options: ModelOptions = {},
): HeadedModel<BertContext, Labels> =>
  made('bertForSequenceClassification', config, (name, read) =>
    sequenceClassification(body(name, read, options, true), classification(name, read)),
  );

/**
 * BERT with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of bertModel
 * @source BertForTokenClassification of Hugging Face transformers 4.57
 */
export const bertForTokenClassification = (
  config: ConfigJson | Partial<BertConfig>,
  options: ModelOptions = {},
): HeadedModel<BertContext, Labels> =>
  made('bertForTokenClassification', config, (name, read) =>
    tokenClassification(body(name, read, options, false), classification(name, read)),
  );

/**
 * BERT with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of bertModel
 * @source BertForQuestionAnswering of Hugging Face transformers 4.57
 */
export const bertForQuestionAnswering = (
  config: ConfigJson | Partial<BertConfig>,
  options: ModelOptions = {},
): HeadedModel<BertContext, SpanLabels, SpanOutput> =>
  made('bertForQuestionAnswering', config, (name, read) =>
    questionAnswering(body(name, read, options, false), {
      name,
      width: read.hiddenSize,
      standardDeviation: read.initializerRange,
    }),
  );

import { activations, labelCount } from '../../config/kinds.ts';
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
import type { ModelOptions } from '../../pretrained/family.ts';
import type { BertConfig } from './config.ts';
import { type BertContext, bertModel } from './model.ts';

const body = (config: BertConfig, options: ModelOptions | undefined, pooler: boolean) => ({
  name: 'bert',
  layer: bertModel(config, { ...options, pooler }),
});

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
export const bertForMaskedLanguageModel = (config: BertConfig, options?: ModelOptions): HeadedModel<BertContext, Labels> =>
  wordHead(body(config, options, false), {
    name: 'bertForMaskedLanguageModel',
    width: config.hiddenSize,
    vocabulary: config.vocabSize,
    activation: activations[config.hiddenAct],
    epsilon: config.layerNormEps,
    standardDeviation: config.initializerRange,
    names: {
      transform: 'cls.predictions.transform.dense',
      norm: 'cls.predictions.transform.LayerNorm',
      decoder: 'cls.predictions.decoder',
      bias: 'cls.predictions.bias',
    },
    tiedTo: config.tieWordEmbeddings ? 'bert.embeddings.word_embeddings.weight' : undefined,
  });

/**
 * BERT with logits of the classes of a whole text, and `loss` over `labels` (see `classificationLoss`).
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of bertModel
 * @source BertForSequenceClassification of Hugging Face transformers 4.57
 */
export const bertForSequenceClassification = (config: BertConfig, options?: ModelOptions): HeadedModel<BertContext, Labels> =>
  sequenceClassification(body(config, options, true), classification('bertForSequenceClassification', config));

/**
 * BERT with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of bertModel
 * @source BertForTokenClassification of Hugging Face transformers 4.57
 */
export const bertForTokenClassification = (config: BertConfig, options?: ModelOptions): HeadedModel<BertContext, Labels> =>
  tokenClassification(body(config, options, false), classification('bertForTokenClassification', config));

/**
 * BERT with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of bertModel
 * @source BertForQuestionAnswering of Hugging Face transformers 4.57
 */
export const bertForQuestionAnswering = (config: BertConfig, options?: ModelOptions): HeadedModel<BertContext, SpanLabels, SpanOutput> =>
  questionAnswering(body(config, options, false), {
    name: 'bertForQuestionAnswering',
    width: config.hiddenSize,
    standardDeviation: config.initializerRange,
  });

import { dropout, linear } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import { relu } from '@tensorflow/tfjs-core';
import { activations, labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { firstToken } from '../../encoder/encoder-model.ts';
import {
  type ClassificationConfig,
  type ClassificationHead,
  dropoutTransform,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
  wordHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type DistilbertConfig, distilbertConfig } from './config.ts';
import { type DistilbertContext, epsilon, modelOf } from './model.ts';

type Given = ConfigJson | Partial<DistilbertConfig>;

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(name: string, config: Given, make: (name: string, read: DistilbertConfig) => Model): Model =>
  inNameOf(name, () => make(name, distilbertConfig(config)));

const body = (name: string, config: DistilbertConfig, options: ModelOptions) => ({
  name: 'distilbert',
  layer: modelOf(name, config, options),
});

const classification = (name: string, config: DistilbertConfig, rate: number): ClassificationConfig => ({
  name,
  width: config.dim,
  labels: labelCount(config),
  problemType: config.problemType,
  dropout: rate,
  standardDeviation: config.initializerRange,
});

/**
 * DistilBERT with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of distilbertModel, and n · dim · vocabSize multiply-adds
 * @source DistilBertForMaskedLM of Hugging Face transformers 4.57
 */
export const distilbertForMaskedLanguageModel = (config: Given, options: ModelOptions = {}): HeadedModel<DistilbertContext, Labels> =>
  made('distilbertForMaskedLanguageModel', config, (name, read) =>
    wordHead(body(name, read, options), {
      name,
      width: read.dim,
      vocabulary: read.vocabSize,
      activation: activations[read.activation],
      epsilon,
      standardDeviation: read.initializerRange,
      names: { transform: 'vocab_transform', norm: 'vocab_layer_norm', decoder: 'vocab_projector', bias: 'vocab_projector.bias' },
      tiedTo: read.tieWordEmbeddings ? 'distilbert.embeddings.word_embeddings.weight' : undefined,
    }),
  );

/**
 * DistilBERT with logits of the classes of a whole text, and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels].
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of distilbertModel
 * @source DistilBertForSequenceClassification of Hugging Face transformers 4.57
 */
export const distilbertForSequenceClassification = (config: Given, options: ModelOptions = {}): HeadedModel<DistilbertContext, Labels> =>
  made('distilbertForSequenceClassification', config, (name, read) => {
    const settings = classification(name, read, read.seqClassifDropout);
    return sequenceClassification(body(name, read, options), settings, preClassified(settings));
  });

/** A linear map, ReLU, dropout and a linear map of the first token. */
function preClassified({ width, labels, dropout: rate, standardDeviation }: ClassificationConfig): ClassificationHead {
  const draw = { kind: 'normal', standardDeviation } as const;
  return {
    parts: {
      pre_classifier: linear({ inFeatures: width, outFeatures: width, draw }),
      dropout: dropout({ rate }),
      classifier: linear({ inFeatures: width, outFeatures: labels, draw }),
    },
    logits: (part, { hidden }) => part('classifier')(part('dropout')(relu(part('pre_classifier')(firstToken(hidden))))),
  };
}

/**
 * DistilBERT with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of distilbertModel
 * @source DistilBertForTokenClassification of Hugging Face transformers 4.57
 */
export const distilbertForTokenClassification = (config: Given, options: ModelOptions = {}): HeadedModel<DistilbertContext, Labels> =>
  made('distilbertForTokenClassification', config, (name, read) =>
    tokenClassification(body(name, read, options), classification(name, read, read.dropout)),
  );

/**
 * DistilBERT with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of distilbertModel
 * @source DistilBertForQuestionAnswering of Hugging Face transformers 4.57
 */
export const distilbertForQuestionAnswering = (
  config: Given,
  options: ModelOptions = {},
): HeadedModel<DistilbertContext, SpanLabels, SpanOutput> =>
  made('distilbertForQuestionAnswering', config, (name, read) =>
    questionAnswering(body(name, read, options), {
      name,
      width: read.dim,
      standardDeviation: read.initializerRange,
      transform: dropoutTransform(read.qaDropout),
    }),
  );

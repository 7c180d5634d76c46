import { dropout, linear } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import { tanh } from '@tensorflow/tfjs-core';
import { labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { firstToken } from '../../encoder/encoder-model.ts';
import {
  type ClassificationConfig,
  type ClassificationHead,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import { linearWordHead } from '../../head/linear-word-head.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import type { WrapOptions } from '../../pretrained/family.ts';
import { type FunnelConfig, funnelConfig } from './config.ts';
import { baseOf, type FunnelContext, modelOf } from './model.ts';

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(name: string, config: ConfigJson | Partial<FunnelConfig>, make: (name: string, read: FunnelConfig) => Model): Model =>
  inNameOf(name, () => make(name, funnelConfig(config)));

const body = (name: string, config: FunnelConfig, options: WrapOptions) => ({ name: 'funnel', layer: modelOf(name, config, options) });

const deviation = ({ initializerStd, initializerRange }: FunnelConfig): number => initializerStd ?? initializerRange;

const classification = (name: string, config: FunnelConfig): ClassificationConfig => ({
  name,
  width: config.dModel,
  labels: labelCount(config),
  problemType: config.problemType,
  dropout: config.hiddenDropout,
  standardDeviation: deviation(config),
});

/** Funnel's: a linear map, tanh, dropout and a linear map of the first vector. */
function firstVectorHead({ width, labels, dropout: rate, standardDeviation }: ClassificationConfig): ClassificationHead {
  const draw = { kind: 'normal', standardDeviation } as const;
  return {
    parts: {
      'classifier.linear_hidden': linear({ inFeatures: width, outFeatures: width, draw }),
      'classifier.linear_out': linear({ inFeatures: width, outFeatures: labels, draw }),
      dropout: dropout({ rate }),
    },
    logits: (part, { hidden }) =>
      part('classifier.linear_out')(part('dropout')(tanh(part('classifier.linear_hidden')(firstToken(hidden))))),
  };
}

/**
 * Funnel with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of funnelModel, and n · dModel · vocabSize multiply-adds
 * @source FunnelForMaskedLM of Hugging Face transformers 4.57
 */
export const funnelForMaskedLanguageModel = (
  config: ConfigJson | Partial<FunnelConfig>,
  options: WrapOptions = {},
): HeadedModel<FunnelContext, Labels> =>
  made('funnelForMaskedLanguageModel', config, (name, read) =>
    linearWordHead(body(name, read, options), {
      name,
      width: read.dModel,
      vocabulary: read.vocabSize,
      standardDeviation: deviation(read),
      decoder: 'lm_head',
      tiedTo: read.tieWordEmbeddings ? 'funnel.embeddings.word_embeddings.weight' : undefined,
    }),
  );

/**
 * Funnel without its decoder, with logits of the classes of a whole text, and `loss` over `labels` (see `classificationLoss`).
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of funnelBaseModel
 * @source FunnelForSequenceClassification of Hugging Face transformers 4.57
 */
export const funnelForSequenceClassification = (
  config: ConfigJson | Partial<FunnelConfig>,
  options: WrapOptions = {},
): HeadedModel<FunnelContext, Labels> =>
  made('funnelForSequenceClassification', config, (name, read) => {
    const own = classification(name, read);
    return sequenceClassification({ name: 'funnel', layer: baseOf(name, read, options) }, own, firstVectorHead(own));
  });

/**
 * Funnel with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of funnelModel
 * @source FunnelForTokenClassification of Hugging Face transformers 4.57
 */
export const funnelForTokenClassification = (
  config: ConfigJson | Partial<FunnelConfig>,
  options: WrapOptions = {},
): HeadedModel<FunnelContext, Labels> =>
  made('funnelForTokenClassification', config, (name, read) => tokenClassification(body(name, read, options), classification(name, read)));

/**
 * Funnel with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of funnelModel
 * @source FunnelForQuestionAnswering of Hugging Face transformers 4.57
 */
export const funnelForQuestionAnswering = (
  config: ConfigJson | Partial<FunnelConfig>,
  options: WrapOptions = {},
): HeadedModel<FunnelContext, SpanLabels, SpanOutput> =>
  made('funnelForQuestionAnswering', config, (name, read) =>
    questionAnswering(body(name, read, options), { name, width: read.dModel, standardDeviation: deviation(read) }),
  );

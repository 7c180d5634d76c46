import { dropout, linear } from '@longspan/core-tensor';
import { tanh } from '@tensorflow/tfjs-core';
import { labelCount } from '../../config/kinds.ts';
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
import type { ModelOptions } from '../../pretrained/family.ts';
import type { FunnelConfig } from './config.ts';
import { type FunnelContext, funnelBaseModel, funnelModel } from './model.ts';

const body = (config: FunnelConfig, options: ModelOptions | undefined) => ({ name: 'funnel', layer: funnelModel(config, options) });

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
export const funnelForMaskedLanguageModel = (config: FunnelConfig, options?: ModelOptions): HeadedModel<FunnelContext, Labels> =>
  linearWordHead(body(config, options), {
    name: 'funnelForMaskedLanguageModel',
    width: config.dModel,
    vocabulary: config.vocabSize,
    standardDeviation: deviation(config),
    decoder: 'lm_head',
    tiedTo: config.tieWordEmbeddings ? 'funnel.embeddings.word_embeddings.weight' : undefined,
  });

/**
 * Funnel without its decoder, with logits of the classes of a whole text, and `loss` over `labels` (see `classificationLoss`).
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of funnelBaseModel
 * @source FunnelForSequenceClassification of Hugging Face transformers 4.57
 */
export function funnelForSequenceClassification(config: FunnelConfig, options?: ModelOptions): HeadedModel<FunnelContext, Labels> {
  const own = classification('funnelForSequenceClassification', config);
  return sequenceClassification({ name: 'funnel', layer: funnelBaseModel(config, options) }, own, firstVectorHead(own));
}

/**
 * Funnel with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of funnelModel
 * @source FunnelForTokenClassification of Hugging Face transformers 4.57
 */
export const funnelForTokenClassification = (config: FunnelConfig, options?: ModelOptions): HeadedModel<FunnelContext, Labels> =>
  tokenClassification(body(config, options), classification('funnelForTokenClassification', config));

/**
 * Funnel with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of funnelModel
 * @source FunnelForQuestionAnswering of Hugging Face transformers 4.57
 */
export const funnelForQuestionAnswering = (
  config: FunnelConfig,
  options?: ModelOptions,
): HeadedModel<FunnelContext, SpanLabels, SpanOutput> =>
  questionAnswering(body(config, options), {
    name: 'funnelForQuestionAnswering',
    width: config.dModel,
    standardDeviation: deviation(config),
  });

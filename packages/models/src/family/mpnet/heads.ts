import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
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
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type MpnetConfig, mpnetConfig } from './config.ts';
import { type MpnetContext, modelOf } from './model.ts';

type Given = ConfigJson | Partial<MpnetConfig>;

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(name: string, config: Given, make: (name: string, read: MpnetConfig) => Model): Model =>
  inNameOf(name, () => make(name, mpnetConfig(config)));

const body = (name: string, config: MpnetConfig, options: ModelOptions) => {
  requireKnown(name, options, modelOptionNames);
  return { name: 'mpnet', layer: modelOf(name, config, { ...options, pooler: false }) };
};

const classification = (name: string, config: MpnetConfig): ClassificationConfig => ({
  name,
  width: config.hiddenSize,
  labels: labelCount(config),
  problemType: config.problemType,
  dropout: config.hiddenDropoutProb,
  standardDeviation: config.initializerRange,
});

/**
 * MPNet with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of mpnetModel, and n · hiddenSize · vocabSize multiply-adds
 * @source MPNetForMaskedLM of Hugging Face transformers 4.57
 */
export const mpnetForMaskedLanguageModel = (config: Given, options: ModelOptions = {}): HeadedModel<MpnetContext, Labels> =>
  made('mpnetForMaskedLanguageModel', config, (name, read) =>
    wordHead(body(name, read, options), {
      name,
      width: read.hiddenSize,
      vocabulary: read.vocabSize,
      activation: 'gelu', // whatever hidden_act says
      epsilon: read.layerNormEps,
      standardDeviation: read.initializerRange,
      names: { transform: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder', bias: 'lm_head.bias' },
      tiedTo: read.tieWordEmbeddings ? 'mpnet.embeddings.word_embeddings.weight' : undefined,
    }),
  );

/**
 * MPNet with logits of the classes of a whole text, and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels].
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of mpnetModel
 * @source MPNetForSequenceClassification of Hugging Face transformers 4.57
 */
export const mpnetForSequenceClassification = (config: Given, options: ModelOptions = {}): HeadedModel<MpnetContext, Labels> =>
  made('mpnetForSequenceClassification', config, (name, read) => {
    const settings = classification(name, read);
    return sequenceClassification(body(name, read, options), settings, firstTokenHead(settings));
  });

/**
 * MPNet with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of mpnetModel
 * @source MPNetForTokenClassification of Hugging Face transformers 4.57
 */
export const mpnetForTokenClassification = (config: Given, options: ModelOptions = {}): HeadedModel<MpnetContext, Labels> =>
  made('mpnetForTokenClassification', config, (name, read) => tokenClassification(body(name, read, options), classification(name, read)));

/**
 * MPNet with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of mpnetModel
 * @source MPNetForQuestionAnswering of Hugging Face transformers 4.57
 */
export const mpnetForQuestionAnswering = (config: Given, options: ModelOptions = {}): HeadedModel<MpnetContext, SpanLabels, SpanOutput> =>
  made('mpnetForQuestionAnswering', config, (name, read) =>
    questionAnswering(body(name, read, options), { name, width: read.hiddenSize, standardDeviation: read.initializerRange }),
  );

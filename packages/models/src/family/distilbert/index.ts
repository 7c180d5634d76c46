import { explainMasks, masksOfLayers } from '../../encoder/attention-masks.ts';
import { defineFamily, type Family } from '../../pretrained/family.ts';
import { oldNormNames } from '../../pretrained/old-names.ts';
import { type DistilbertConfig, distilbertConfig } from './config.ts';
import {
  distilbertForMaskedLanguageModel,
  distilbertForQuestionAnswering,
  distilbertForSequenceClassification,
  distilbertForTokenClassification,
} from './heads.ts';
import { distilbertModel } from './model.ts';

export { type DistilbertConfig, distilbertConfig } from './config.ts';
export {
  distilbertForMaskedLanguageModel,
  distilbertForQuestionAnswering,
  distilbertForSequenceClassification,
  distilbertForTokenClassification,
} from './heads.ts';
export { type DistilbertContext, distilbertModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type DistilbertModels = {
  readonly model: typeof distilbertModel;
  readonly maskedLanguageModel: typeof distilbertForMaskedLanguageModel;
  readonly sequenceClassification: typeof distilbertForSequenceClassification;
  readonly tokenClassification: typeof distilbertForTokenClassification;
  readonly questionAnswering: typeof distilbertForQuestionAnswering;
};

/** DistilBERT: what `fromPretrained` needs to know of its checkpoints. */
export const distilbert: Family<DistilbertConfig, DistilbertModels> = defineFamily({
  modelType: 'distilbert',
  config: distilbertConfig,
  models: {
    model: distilbertModel,
    maskedLanguageModel: distilbertForMaskedLanguageModel,
    sequenceClassification: distilbertForSequenceClassification,
    tokenClassification: distilbertForTokenClassification,
    questionAnswering: distilbertForQuestionAnswering,
  },
  architectures: {
    DistilBertModel: 'model',
    DistilBertForMaskedLM: 'maskedLanguageModel',
    DistilBertForSequenceClassification: 'sequenceClassification',
    DistilBertForTokenClassification: 'tokenClassification',
    DistilBertForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'distilbert',
    renames: oldNormNames,
    unneeded: [/position_ids$/],
    tied: (config: DistilbertConfig): Readonly<Record<string, string>> =>
      config.tieWordEmbeddings ? { 'vocab_projector.weight': 'distilbert.embeddings.word_embeddings.weight' } : {},
  },
  explain: explainMasks,
  masks: (config: DistilbertConfig) => masksOfLayers(config, { layers: config.nLayers, heads: config.nHeads }),
});

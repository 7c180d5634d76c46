import { explainMasks } from '../../encoder/attention-masks.ts';
import { denseMasks } from '../../encoder/dense-encoder.ts';
import { defineFamily, type Family } from '../../pretrained/family.ts';
import { oldNormNames } from '../../pretrained/old-names.ts';
import { type MpnetConfig, mpnetConfig } from './config.ts';
import {
  mpnetForMaskedLanguageModel,
  mpnetForQuestionAnswering,
  mpnetForSequenceClassification,
  mpnetForTokenClassification,
} from './heads.ts';
import { mpnetModel } from './model.ts';

export { type MpnetConfig, mpnetConfig } from './config.ts';
export {
  mpnetForMaskedLanguageModel,
  mpnetForQuestionAnswering,
  mpnetForSequenceClassification,
  mpnetForTokenClassification,
} from './heads.ts';
export { type MpnetContext, type MpnetOptions, mpnetModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type MpnetModels = {
  readonly model: typeof mpnetModel;
  readonly maskedLanguageModel: typeof mpnetForMaskedLanguageModel;
  readonly sequenceClassification: typeof mpnetForSequenceClassification;
  readonly tokenClassification: typeof mpnetForTokenClassification;
  readonly questionAnswering: typeof mpnetForQuestionAnswering;
};

/** MPNet: what `fromPretrained` needs to know of its checkpoints. */
export const mpnet: Family<MpnetConfig, MpnetModels> = defineFamily({
  modelType: 'mpnet',
  config: mpnetConfig,
  models: {
    model: mpnetModel,
    maskedLanguageModel: mpnetForMaskedLanguageModel,
    sequenceClassification: mpnetForSequenceClassification,
    tokenClassification: mpnetForTokenClassification,
    questionAnswering: mpnetForQuestionAnswering,
  },
  architectures: {
    MPNetModel: 'model',
    MPNetForMaskedLM: 'maskedLanguageModel',
    MPNetForSequenceClassification: 'sequenceClassification',
    MPNetForTokenClassification: 'tokenClassification',
    MPNetForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'mpnet',
    renames: oldNormNames,
    unneeded: [/position_ids$/],
    tied: (config: MpnetConfig): Readonly<Record<string, string>> => ({
      'lm_head.decoder.bias': 'lm_head.bias',
      ...(config.tieWordEmbeddings ? { 'lm_head.decoder.weight': 'mpnet.embeddings.word_embeddings.weight' } : {}),
    }),
  },
  explain: explainMasks,
  masks: denseMasks,
});

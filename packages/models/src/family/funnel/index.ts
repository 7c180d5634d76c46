import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type FunnelConfig, funnelConfig } from './config.ts';
import {
  funnelForMaskedLanguageModel,
  funnelForQuestionAnswering,
  funnelForSequenceClassification,
  funnelForTokenClassification,
} from './heads.ts';
import { funnelBaseModel, funnelModel } from './model.ts';

export { type FunnelConfig, funnelConfig } from './config.ts';
export {
  funnelForMaskedLanguageModel,
  funnelForQuestionAnswering,
  funnelForSequenceClassification,
  funnelForTokenClassification,
} from './heads.ts';
export { type FunnelContext, funnelBaseModel, funnelModel } from './model.ts';

/** The models of the family, by head; `model` is the body, `baseModel` the body without its decoder. */
export type FunnelModels = {
  readonly model: typeof funnelModel;
  readonly baseModel: typeof funnelBaseModel;
  readonly maskedLanguageModel: typeof funnelForMaskedLanguageModel;
  readonly sequenceClassification: typeof funnelForSequenceClassification;
  readonly tokenClassification: typeof funnelForTokenClassification;
  readonly questionAnswering: typeof funnelForQuestionAnswering;
};

/** Funnel: what `fromPretrained` needs to know of its checkpoints. */
export const funnel: Family<FunnelConfig, FunnelModels> = defineFamily({
  modelType: 'funnel',
  config: funnelConfig,
  models: {
    model: funnelModel,
    baseModel: funnelBaseModel,
    maskedLanguageModel: funnelForMaskedLanguageModel,
    sequenceClassification: funnelForSequenceClassification,
    tokenClassification: funnelForTokenClassification,
    questionAnswering: funnelForQuestionAnswering,
  },
  architectures: {
    FunnelModel: 'model',
    FunnelBaseModel: 'baseModel',
    FunnelForMaskedLM: 'maskedLanguageModel',
    FunnelForSequenceClassification: 'sequenceClassification',
    FunnelForTokenClassification: 'tokenClassification',
    FunnelForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'funnel',
    renames: [
      [/[.]gamma$/, '.weight'],
      [/[.]beta$/, '.bias'],
    ],
    unneeded: [/position_ids$/, /^discriminator_predictions[.]/],
    tied: (config: FunnelConfig): Readonly<Record<string, string>> =>
      config.tieWordEmbeddings ? { 'lm_head.weight': 'funnel.embeddings.word_embeddings.weight' } : {},
  },
});

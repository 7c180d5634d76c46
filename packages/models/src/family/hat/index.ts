import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type HatConfig, hatConfig } from './config.ts';
import { hatForMaskedLanguageModel, hatForSentenceClassification, hatForSequenceClassification } from './heads.ts';
import { hatModel } from './model.ts';

export { type HatConfig, type HatLayout, hatConfig } from './config.ts';
export { hatForMaskedLanguageModel, hatForSentenceClassification, hatForSequenceClassification } from './heads.ts';
export { type HatContext, hatModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type HatModels = {
  readonly model: typeof hatModel;
  readonly maskedLanguageModel: typeof hatForMaskedLanguageModel;
  readonly sequenceClassification: typeof hatForSequenceClassification;
  readonly sentenceClassification: typeof hatForSentenceClassification;
};

/** HAT: what `fromPretrained` needs to know of its checkpoints. */
export const hat: Family<HatConfig, HatModels> = defineFamily({
  modelType: 'hierarchical-transformer',
  config: hatConfig,
  models: {
    model: hatModel,
    maskedLanguageModel: hatForMaskedLanguageModel,
    sequenceClassification: hatForSequenceClassification,
    sentenceClassification: hatForSentenceClassification,
  },
  architectures: {
    HATModel: 'model',
    HATForMaskedLM: 'maskedLanguageModel',
    HATForSequenceClassification: 'sequenceClassification',
    HATModelForSequentialSentenceClassification: 'sentenceClassification',
  },
  weights: {
    body: 'hi_transformer',
    unneeded: [/position_ids$/],
    tied: (config: HatConfig): Readonly<Record<string, string>> => ({
      'lm_head.decoder.bias': 'lm_head.bias',
      ...(config.tieWordEmbeddings ? { 'lm_head.decoder.weight': 'hi_transformer.embeddings.word_embeddings.weight' } : {}),
    }),
  },
});

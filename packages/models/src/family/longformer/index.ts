import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type LongformerConfig, longformerConfig } from './config.ts';
import {
  longformerForMaskedLanguageModel,
  longformerForQuestionAnswering,
  longformerForSequenceClassification,
  longformerForTokenClassification,
} from './heads.ts';
import { longformerModel } from './model.ts';

export { type LongformerConfig, longformerConfig } from './config.ts';
export {
  longformerForMaskedLanguageModel,
  longformerForQuestionAnswering,
  longformerForSequenceClassification,
  longformerForTokenClassification,
} from './heads.ts';
export { type LongformerContext, type LongformerOptions, longformerModel } from './model.ts';
export { questionTokens } from './question-tokens.ts';

/** The models of the family, by head; `model` is the body. */
export type LongformerModels = {
  readonly model: typeof longformerModel;
  readonly maskedLanguageModel: typeof longformerForMaskedLanguageModel;
  readonly sequenceClassification: typeof longformerForSequenceClassification;
  readonly tokenClassification: typeof longformerForTokenClassification;
  readonly questionAnswering: typeof longformerForQuestionAnswering;
};

/** Longformer: what `fromPretrained` needs to know of its checkpoints. */
export const longformer: Family<LongformerConfig, LongformerModels> = defineFamily({
  modelType: 'longformer',
  config: longformerConfig,
  models: {
    model: longformerModel,
    maskedLanguageModel: longformerForMaskedLanguageModel,
    sequenceClassification: longformerForSequenceClassification,
    tokenClassification: longformerForTokenClassification,
    questionAnswering: longformerForQuestionAnswering,
  },
  architectures: {
    LongformerModel: 'model',
    LongformerForMaskedLM: 'maskedLanguageModel',
    LongformerForSequenceClassification: 'sequenceClassification',
    LongformerForTokenClassification: 'tokenClassification',
    LongformerForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'longformer',
    unneeded: [/position_ids$/],
    tied: (config: LongformerConfig): Readonly<Record<string, string>> => ({
      'lm_head.decoder.bias': 'lm_head.bias',
      ...(config.tieWordEmbeddings ? { 'lm_head.decoder.weight': 'longformer.embeddings.word_embeddings.weight' } : {}),
    }),
  },
  explain: (_, model) =>
    model === 'sequenceClassification' ? ['The first token is global unless context.globals says which tokens are.'] : [],
});

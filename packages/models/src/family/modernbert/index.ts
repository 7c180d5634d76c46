import { explainMasks } from '../../encoder/attention-masks.ts';
import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type ModernbertConfig, modernbertConfig } from './config.ts';
import {
  modernbertForMaskedLanguageModel,
  modernbertForQuestionAnswering,
  modernbertForSequenceClassification,
  modernbertForTokenClassification,
} from './heads.ts';
import { layerMasks, modernbertModel } from './model.ts';

export { type ModernbertConfig, modernbertConfig } from './config.ts';
export {
  modernbertForMaskedLanguageModel,
  modernbertForQuestionAnswering,
  modernbertForSequenceClassification,
  modernbertForTokenClassification,
} from './heads.ts';
export { type ModernbertContext, modernbertModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type ModernbertModels = {
  readonly model: typeof modernbertModel;
  readonly maskedLanguageModel: typeof modernbertForMaskedLanguageModel;
  readonly sequenceClassification: typeof modernbertForSequenceClassification;
  readonly tokenClassification: typeof modernbertForTokenClassification;
  readonly questionAnswering: typeof modernbertForQuestionAnswering;
};

/** ModernBERT: what `fromPretrained` needs to know of its checkpoints. */
export const modernbert: Family<ModernbertConfig, ModernbertModels> = defineFamily({
  modelType: 'modernbert',
  config: modernbertConfig,
  models: {
    model: modernbertModel,
    maskedLanguageModel: modernbertForMaskedLanguageModel,
    sequenceClassification: modernbertForSequenceClassification,
    tokenClassification: modernbertForTokenClassification,
    questionAnswering: modernbertForQuestionAnswering,
  },
  architectures: {
    ModernBertModel: 'model',
    ModernBertForMaskedLM: 'maskedLanguageModel',
    ModernBertForSequenceClassification: 'sequenceClassification',
    ModernBertForTokenClassification: 'tokenClassification',
    ModernBertForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'model',
    tied: (config: ModernbertConfig): Readonly<Record<string, string>> =>
      config.tieWordEmbeddings ? { 'decoder.weight': 'model.embeddings.tok_embeddings.weight' } : {},
  },
  explain: explainMasks,
  masks: layerMasks,
});

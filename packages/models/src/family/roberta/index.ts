import { explainMasks } from '../../encoder/attention-masks.ts';
import { denseMasks } from '../../encoder/dense-encoder.ts';
import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type RobertaConfig, robertaConfig } from './config.ts';
import {
  robertaForMaskedLanguageModel,
  robertaForQuestionAnswering,
  robertaForSequenceClassification,
  robertaForTokenClassification,
} from './heads.ts';
import { robertaModel } from './model.ts';
import { robertaWeights } from './named.ts';

export { type RobertaConfig, robertaConfig } from './config.ts';
export {
  robertaForMaskedLanguageModel,
  robertaForQuestionAnswering,
  robertaForSequenceClassification,
  robertaForTokenClassification,
} from './heads.ts';
export { type RobertaContext, type RobertaOptions, robertaModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type RobertaModels = {
  readonly model: typeof robertaModel;
  readonly maskedLanguageModel: typeof robertaForMaskedLanguageModel;
  readonly sequenceClassification: typeof robertaForSequenceClassification;
  readonly tokenClassification: typeof robertaForTokenClassification;
  readonly questionAnswering: typeof robertaForQuestionAnswering;
};

/** RoBERTa: what `fromPretrained` needs to know of its checkpoints. */
export const roberta: Family<RobertaConfig, RobertaModels> = defineFamily({
  modelType: 'roberta',
  config: robertaConfig,
  models: {
    model: robertaModel,
    maskedLanguageModel: robertaForMaskedLanguageModel,
    sequenceClassification: robertaForSequenceClassification,
    tokenClassification: robertaForTokenClassification,
    questionAnswering: robertaForQuestionAnswering,
  },
  architectures: {
    RobertaModel: 'model',
    RobertaForMaskedLM: 'maskedLanguageModel',
    RobertaForSequenceClassification: 'sequenceClassification',
    RobertaForTokenClassification: 'tokenClassification',
    RobertaForQuestionAnswering: 'questionAnswering',
  },
  weights: robertaWeights,
  explain: explainMasks,
  masks: denseMasks,
});

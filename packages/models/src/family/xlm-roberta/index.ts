import { explainMasks } from '../../encoder/attention-masks.ts';
import { denseMasks } from '../../encoder/dense-encoder.ts';
import { defineFamily, type Family } from '../../pretrained/family.ts';
import { robertaWeights } from '../roberta/named.ts';
import { type XlmRobertaConfig, xlmRobertaConfig } from './config.ts';
import {
  xlmRobertaForMaskedLanguageModel,
  xlmRobertaForQuestionAnswering,
  xlmRobertaForSequenceClassification,
  xlmRobertaForTokenClassification,
} from './heads.ts';
import { xlmRobertaModel } from './model.ts';

export { type XlmRobertaConfig, xlmRobertaConfig } from './config.ts';
export {
  xlmRobertaForMaskedLanguageModel,
  xlmRobertaForQuestionAnswering,
  xlmRobertaForSequenceClassification,
  xlmRobertaForTokenClassification,
} from './heads.ts';
export { type XlmRobertaContext, type XlmRobertaOptions, xlmRobertaModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type XlmRobertaModels = {
  readonly model: typeof xlmRobertaModel;
  readonly maskedLanguageModel: typeof xlmRobertaForMaskedLanguageModel;
  readonly sequenceClassification: typeof xlmRobertaForSequenceClassification;
  readonly tokenClassification: typeof xlmRobertaForTokenClassification;
  readonly questionAnswering: typeof xlmRobertaForQuestionAnswering;
};

/** XLM-R: what `fromPretrained` needs to know of its checkpoints. */
export const xlmRoberta: Family<XlmRobertaConfig, XlmRobertaModels> = defineFamily({
  modelType: 'xlm-roberta',
  config: xlmRobertaConfig,
  models: {
    model: xlmRobertaModel,
    maskedLanguageModel: xlmRobertaForMaskedLanguageModel,
    sequenceClassification: xlmRobertaForSequenceClassification,
    tokenClassification: xlmRobertaForTokenClassification,
    questionAnswering: xlmRobertaForQuestionAnswering,
  },
  architectures: {
    XLMRobertaModel: 'model',
    XLMRobertaForMaskedLM: 'maskedLanguageModel',
    XLMRobertaForSequenceClassification: 'sequenceClassification',
    XLMRobertaForTokenClassification: 'tokenClassification',
    XLMRobertaForQuestionAnswering: 'questionAnswering',
  },
  weights: robertaWeights,
  explain: explainMasks,
  masks: denseMasks,
});

import { explainMasks } from '../../encoder/attention-masks.ts';
import { denseMasks } from '../../encoder/dense-encoder.ts';
import { defineFamily, type Family } from '../../pretrained/family.ts';
import { oldNormNames } from '../../pretrained/old-names.ts';
import { type BertConfig, bertConfig } from './config.ts';
import {
  bertForMaskedLanguageModel,
  bertForQuestionAnswering,
  bertForSequenceClassification,
  bertForTokenClassification,
} from './heads.ts';
import { bertModel } from './model.ts';

export { type BertConfig, bertConfig } from './config.ts';
export {
  bertForMaskedLanguageModel,
  bertForQuestionAnswering,
  bertForSequenceClassification,
  bertForTokenClassification,
} from './heads.ts';
export { type BertContext, type BertOptions, bertModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type BertModels = {
  readonly model: typeof bertModel;
  readonly maskedLanguageModel: typeof bertForMaskedLanguageModel;
  readonly sequenceClassification: typeof bertForSequenceClassification;
  readonly tokenClassification: typeof bertForTokenClassification;
  readonly questionAnswering: typeof bertForQuestionAnswering;
};

/** BERT: what `fromPretrained` needs to know of its checkpoints. */
export const bert: Family<BertConfig, BertModels> = defineFamily({
  modelType: 'bert',
  config: bertConfig,
  models: {
    model: bertModel,
    maskedLanguageModel: bertForMaskedLanguageModel,
    sequenceClassification: bertForSequenceClassification,
    tokenClassification: bertForTokenClassification,
    questionAnswering: bertForQuestionAnswering,
  },
  architectures: {
    BertModel: 'model',
    BertForMaskedLM: 'maskedLanguageModel',
    BertForSequenceClassification: 'sequenceClassification',
    BertForTokenClassification: 'tokenClassification',
    BertForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'bert',
    renames: oldNormNames,
    unneeded: [/position_ids$/, /^cls[.]seq_relationship[.]/],
    tied: (config: BertConfig): Readonly<Record<string, string>> => ({
      'cls.predictions.decoder.bias': 'cls.predictions.bias',
      ...(config.tieWordEmbeddings ? { 'cls.predictions.decoder.weight': 'bert.embeddings.word_embeddings.weight' } : {}),
    }),
  },
  explain: explainMasks,
  masks: denseMasks,
});

import type { Family } from '../../pretrained/family.ts';
import { type ReformerConfig, reformerConfig } from './config.ts';
import {
  reformerForLanguageModel,
  reformerForMaskedLanguageModel,
  reformerForQuestionAnswering,
  reformerForSequenceClassification,
} from './heads.ts';
import { longestShort, reformerModel, shortTexts } from './model.ts';

export { type ReformerAttentionKind, type ReformerConfig, reformerConfig } from './config.ts';
export {
  type ReformerHeadOutput,
  reformerForLanguageModel,
  reformerForMaskedLanguageModel,
  reformerForQuestionAnswering,
  reformerForSequenceClassification,
} from './heads.ts';
export type { ReformerLayerContext } from './layer.ts';
export { type ReformerContext, type ReformerOptions, type ReformerOutput, reformerModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type ReformerModels = {
  readonly model: typeof reformerModel;
  readonly languageModel: typeof reformerForLanguageModel;
  readonly maskedLanguageModel: typeof reformerForMaskedLanguageModel;
  readonly sequenceClassification: typeof reformerForSequenceClassification;
  readonly questionAnswering: typeof reformerForQuestionAnswering;
};

/** Reformer: what `fromPretrained` needs to know of its checkpoints. */
export const reformer: Family<ReformerConfig, ReformerModels> = {
  modelType: 'reformer',
  config: reformerConfig,
  models: {
    model: reformerModel,
    languageModel: reformerForLanguageModel,
    maskedLanguageModel: reformerForMaskedLanguageModel,
    sequenceClassification: reformerForSequenceClassification,
    questionAnswering: reformerForQuestionAnswering,
  },
  architectures: {
    ReformerModel: 'model',
    ReformerModelWithLMHead: 'languageModel',
    ReformerForMaskedLM: 'maskedLanguageModel',
    ReformerForSequenceClassification: 'sequenceClassification',
    ReformerForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'reformer',
    unneeded: [/[.](self_mask_value_float(16|32)|mask_value_float(16|32))$/],
    tied: (): Readonly<Record<string, string>> => ({ 'lm_head.decoder.bias': 'lm_head.bias' }),
  },
  explain: (config, _, length) => (length <= longestShort(config) ? [shortTexts(config)] : []),
};

import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type ReformerConfig, reformerConfig } from './config.ts';
import {
  reformerForCausalLanguageModel,
  reformerForMaskedLanguageModel,
  reformerForQuestionAnswering,
  reformerForSequenceClassification,
} from './heads.ts';
import { longestShort, reformerModel, shortTexts } from './model.ts';

export { type ReformerAttentionKind, type ReformerConfig, reformerConfig } from './config.ts';
export {
  type ReformerHead,
  reformerForCausalLanguageModel,
  reformerForMaskedLanguageModel,
  reformerForQuestionAnswering,
  reformerForSequenceClassification,
} from './heads.ts';
export type { ReformerLayerContext } from './layer.ts';
export { type ReformerContext, type ReformerOptions, type ReformerOutput, reformerModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type ReformerModels = {
  readonly model: typeof reformerModel;
  readonly causalLanguageModel: typeof reformerForCausalLanguageModel;
  readonly maskedLanguageModel: typeof reformerForMaskedLanguageModel;
  readonly sequenceClassification: typeof reformerForSequenceClassification;
  readonly questionAnswering: typeof reformerForQuestionAnswering;
};

/** Reformer: what `fromPretrained` needs to know of its checkpoints. */
export const reformer: Family<ReformerConfig, ReformerModels> = defineFamily({
  modelType: 'reformer',
  config: reformerConfig,
  models: {
    model: reformerModel,
    causalLanguageModel: reformerForCausalLanguageModel,
    maskedLanguageModel: reformerForMaskedLanguageModel,
    sequenceClassification: reformerForSequenceClassification,
    questionAnswering: reformerForQuestionAnswering,
  },
  architectures: {
    ReformerModel: 'model',
    ReformerModelWithLMHead: 'causalLanguageModel',
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
});

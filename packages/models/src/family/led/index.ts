import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type LedConfig, ledConfig } from './config.ts';
import { ledForConditionalGeneration } from './heads.ts';
import { ledModel } from './model.ts';
import { ledForQuestionAnswering } from './question-answering.ts';
import { ledForSequenceClassification } from './sequence-classification.ts';

export { type LedConfig, ledConfig } from './config.ts';
export { type LedForConditionalGeneration, type LedGenerationOutput, ledForConditionalGeneration } from './heads.ts';
export { type LedContext, type LedOutput, ledModel } from './model.ts';
export { ledForQuestionAnswering } from './question-answering.ts';
export { ledForSequenceClassification } from './sequence-classification.ts';

/** The models of the family, by head; `model` is the body. */
export type LedModels = {
  readonly model: typeof ledModel;
  readonly conditionalGeneration: typeof ledForConditionalGeneration;
  readonly sequenceClassification: typeof ledForSequenceClassification;
  readonly questionAnswering: typeof ledForQuestionAnswering;
};

/** LED: what `fromPretrained` needs to know of its checkpoints. */
export const led: Family<LedConfig, LedModels> = defineFamily({
  modelType: 'led',
  config: ledConfig,
  models: {
    model: ledModel,
    conditionalGeneration: ledForConditionalGeneration,
    sequenceClassification: ledForSequenceClassification,
    questionAnswering: ledForQuestionAnswering,
  },
  architectures: {
    LEDModel: 'model',
    LEDForConditionalGeneration: 'conditionalGeneration',
    LEDForSequenceClassification: 'sequenceClassification',
    LEDForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'led',
    tied: (config: LedConfig): Readonly<Record<string, string>> => ({
      ...Object.fromEntries(
        ['led.', ''].flatMap((body) =>
          ['encoder', 'decoder'].map((side) => [`${body}${side}.embed_tokens.weight`, `${body}shared.weight`]),
        ),
      ),
      ...(config.tieWordEmbeddings ? { 'lm_head.weight': 'led.shared.weight' } : {}),
    }),
  },
});

import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type HourglassModelConfig, hourglassConfig } from './config.ts';
import { hourglassForCausalLanguageModel } from './heads.ts';

export { type HourglassModelConfig, hourglassConfig } from './config.ts';
export { type HourglassOptions, hourglassForCausalLanguageModel } from './heads.ts';
export { type HourglassLanguageModelConfig, hourglassLanguageModel } from './language-model.ts';

/** The models of the family, by head. */
export type HourglassModels = {
  readonly causalLanguageModel: typeof hourglassForCausalLanguageModel;
};

/** Hourglass: what `fromPretrained` needs to know of its checkpoints. */
export const hourglass: Family<HourglassModelConfig, HourglassModels> = defineFamily({
  modelType: 'hourglass',
  config: hourglassConfig,
  models: { causalLanguageModel: hourglassForCausalLanguageModel },
  architectures: { HourglassLM: 'causalLanguageModel' },
  weights: {
    body: 'hourglass',
    // trax names the inner levels, and the ways into them and back, after a valley.
    renames: [
      [/valley/g, 'inner'],
      [/shorten/g, 'downsample'],
      [/lengthen/g, 'upsample'],
    ],
  },
});

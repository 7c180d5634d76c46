import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type TransformerXlConfig, transformerXlConfig } from './config.ts';
import { transformerXlForCausalLanguageModel } from './heads.ts';
import { tiedProjections, transformerXlModel } from './model.ts';

export { type TransformerXlConfig, transformerXlConfig } from './config.ts';
export { type TransformerXlLanguageModel, transformerXlForCausalLanguageModel } from './heads.ts';
export { type XlLanguageModel, type XlLanguageModelConfig, type XlTargets, xlLanguageModel } from './language-model.ts';
export { type TransformerXlOptions, transformerXlModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type TransformerXlModels = {
  readonly model: typeof transformerXlModel;
  readonly causalLanguageModel: typeof transformerXlForCausalLanguageModel;
};

/** Transformer-XL: what `fromPretrained` needs to know of its checkpoints. */
export const transformerXl: Family<TransformerXlConfig, TransformerXlModels> = defineFamily({
  modelType: 'transfo-xl',
  config: transformerXlConfig,
  models: { model: transformerXlModel, causalLanguageModel: transformerXlForCausalLanguageModel },
  architectures: { TransfoXLModel: 'model', TransfoXLLMHeadModel: 'causalLanguageModel' },
  weights: {
    body: 'transformer',
    unneeded: [/(^|[.])pos_emb[.]inv_freq$/],
    tied: (config: TransformerXlConfig): Readonly<Record<string, string>> => {
      const isShared = config.divVal === 1;
      const tables = isShared ? [0] : [0, ...config.cutoffs.map((_, at) => at + 1)];
      const isProjected = !isShared || config.dEmbed !== config.dModel;
      return Object.fromEntries([
        ...(config.tieWordEmbeddings
          ? tables.map((at) => [`crit.out_layers.${at}.weight`, `transformer.word_emb.emb_layers.${at}.weight`])
          : []),
        ...(isProjected ? tiedProjections(config) : []).flatMap((isTied, at) =>
          isTied ? [[`crit.out_projs.${at}`, `transformer.word_emb.emb_projs.${isShared ? 0 : at}`]] : [],
        ),
      ]);
    },
  },
});

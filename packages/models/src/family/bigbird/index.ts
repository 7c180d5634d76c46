import { defineFamily, type Family } from '../../pretrained/family.ts';
import { shortTexts } from './attention.ts';
import { type BigBirdConfig, bigBirdConfig, longestFull } from './config.ts';
import {
  bigBirdForCausalLanguageModel,
  bigBirdForMaskedLanguageModel,
  bigBirdForQuestionAnswering,
  bigBirdForSequenceClassification,
} from './heads.ts';
import { bigBirdModel } from './model.ts';

export type { BigBirdRandomBlocks } from './attention.ts';
export { type BigBirdConfig, bigBirdConfig } from './config.ts';
export {
  bigBirdForCausalLanguageModel,
  bigBirdForMaskedLanguageModel,
  bigBirdForQuestionAnswering,
  bigBirdForSequenceClassification,
} from './heads.ts';
export { type BigBirdContext, type BigBirdHeadOptions, type BigBirdOptions, bigBirdModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type BigBirdModels = {
  readonly model: typeof bigBirdModel;
  readonly maskedLanguageModel: typeof bigBirdForMaskedLanguageModel;
  readonly causalLanguageModel: typeof bigBirdForCausalLanguageModel;
  readonly sequenceClassification: typeof bigBirdForSequenceClassification;
  readonly questionAnswering: typeof bigBirdForQuestionAnswering;
};

/** BigBird: what `fromPretrained` needs to know of its checkpoints. */
export const bigBird: Family<BigBirdConfig, BigBirdModels> = defineFamily({
  modelType: 'big_bird',
  config: bigBirdConfig,
  models: {
    model: bigBirdModel,
    maskedLanguageModel: bigBirdForMaskedLanguageModel,
    causalLanguageModel: bigBirdForCausalLanguageModel,
    sequenceClassification: bigBirdForSequenceClassification,
    questionAnswering: bigBirdForQuestionAnswering,
  },
  architectures: {
    BigBirdModel: 'model',
    BigBirdForMaskedLM: 'maskedLanguageModel',
    BigBirdForCausalLM: 'causalLanguageModel',
    BigBirdForSequenceClassification: 'sequenceClassification',
    BigBirdForQuestionAnswering: 'questionAnswering',
  },
  weights: {
    body: 'bert',
    renames: [
      [/[.]gamma$/, '.weight'],
      [/[.]beta$/, '.bias'],
    ],
    unneeded: [/position_ids$/, /token_type_ids$/, /^cls[.]seq_relationship[.]/, /^bert[.]pooler[.]/],
    tied: (config: BigBirdConfig): Readonly<Record<string, string>> => ({
      'cls.predictions.decoder.bias': 'cls.predictions.bias',
      ...(config.tieWordEmbeddings ? { 'cls.predictions.decoder.weight': 'bert.embeddings.word_embeddings.weight' } : {}),
    }),
  },
  explain(config, model, length) {
    if (config.attentionType === 'original_full') return [];
    const isCausal = config.isDecoder || model === 'causalLanguageModel';
    if (length <= longestFull(config)) return [shortTexts(config)];
    return [
      `Without randomBlocks none are drawn in evaluation, as in Hugging Face: block 0 counts ${1 + config.numRandomBlocks} times for all blocks but the first and the last.`,
      ...(isCausal ? ["No token attends to later ones; in Hugging Face's block-sparse attention all do."] : []),
    ];
  },
});

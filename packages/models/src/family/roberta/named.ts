import type { Layer } from '@longspan/core-tensor';
import { labelCount } from '../../config/kinds.ts';
import type { TypedEncoderConfig } from '../../encoder/encoder-config.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import type { PostNormContext, PostNormOptions } from '../../encoder/post-norm-encoder.ts';
import { typedEncoder } from '../../encoder/typed-encoder.ts';
import {
  type ClassificationConfig,
  firstTokenHead,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
  wordHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import type { ModelOptions, WeightNames } from '../../pretrained/family.ts';
import { oldNormNames } from '../../pretrained/old-names.ts';

type Config = TypedEncoderConfig;

/** The body and its heads. */
export interface RobertaNetwork {
  readonly model: (config: Config, options?: PostNormOptions) => Layer<PostNormContext, EncoderOutput>;
  readonly maskedLanguageModel: (config: Config, options?: ModelOptions) => HeadedModel<PostNormContext, Labels>;
  readonly sequenceClassification: (config: Config, options?: ModelOptions) => HeadedModel<PostNormContext, Labels>;
  readonly tokenClassification: (config: Config, options?: ModelOptions) => HeadedModel<PostNormContext, Labels>;
  readonly questionAnswering: (config: Config, options?: ModelOptions) => HeadedModel<PostNormContext, SpanLabels, SpanOutput>;
}

/** RoBERTa's network under another family's name: what errors say of `robertaModel` they say of `xlmRobertaModel`. */
export function robertaNetwork(family: string): RobertaNetwork {
  const body = (config: Config, options: ModelOptions | undefined) => ({
    name: 'roberta',
    layer: typedEncoder(`${family}Model`, config, 'tokens', { ...options, pooler: false }),
  });
  const classification = (name: string, config: Config): ClassificationConfig => ({
    name,
    width: config.hiddenSize,
    labels: labelCount(config),
    problemType: config.problemType,
    dropout: config.classifierDropout ?? config.hiddenDropoutProb,
    standardDeviation: config.initializerRange,
  });
  return {
    model: (config, options) => typedEncoder(`${family}Model`, config, 'tokens', options),
    maskedLanguageModel: (config, options) =>
      wordHead(body(config, options), {
        name: `${family}ForMaskedLanguageModel`,
        width: config.hiddenSize,
        vocabulary: config.vocabSize,
        activation: 'gelu', // whatever hidden_act says
        epsilon: config.layerNormEps,
        standardDeviation: config.initializerRange,
        names: { transform: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder', bias: 'lm_head.bias' },
        tiedTo: config.tieWordEmbeddings ? 'roberta.embeddings.word_embeddings.weight' : undefined,
      }),
    sequenceClassification(config, options) {
      const settings = classification(`${family}ForSequenceClassification`, config);
      return sequenceClassification(body(config, options), settings, firstTokenHead(settings));
    },
    tokenClassification: (config, options) =>
      tokenClassification(body(config, options), classification(`${family}ForTokenClassification`, config)),
    questionAnswering: (config, options) =>
      questionAnswering(body(config, options), {
        name: `${family}ForQuestionAnswering`,
        width: config.hiddenSize,
        standardDeviation: config.initializerRange,
      }),
  };
}

/** The names in such a checkpoint. */
export const robertaWeights: WeightNames = {
  body: 'roberta',
  renames: oldNormNames,
  unneeded: [/position_ids$/],
  tied: (config: Config): Readonly<Record<string, string>> => ({
    'lm_head.decoder.bias': 'lm_head.bias',
    ...(config.tieWordEmbeddings ? { 'lm_head.decoder.weight': 'roberta.embeddings.word_embeddings.weight' } : {}),
  }),
};

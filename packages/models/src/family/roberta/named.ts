import type { Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { type DenseConfig, type DenseEncoderContext, type DenseEncoderOptions, denseEncoder } from '../../encoder/dense-encoder.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import {
  type ClassificationConfig,
  firstTokenHead,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import { robertaWordHead } from '../../head/roberta-word-head.ts';
import { type ModelOptions, modelOptionNames, type WeightNames } from '../../pretrained/family.ts';
import { oldNormNames } from '../../pretrained/old-names.ts';

type Config = DenseConfig;

/** A model of a config. */
type Make<Model, Options = ModelOptions> = (config: ConfigJson | Partial<Config>, options?: Options) => Model;

/** The body and its heads. */
export interface RobertaNetwork {
  readonly model: Make<Layer<DenseEncoderContext, EncoderOutput>, DenseEncoderOptions>;
  readonly maskedLanguageModel: Make<HeadedModel<DenseEncoderContext, Labels>>;
  readonly sequenceClassification: Make<HeadedModel<DenseEncoderContext, Labels>>;
  readonly tokenClassification: Make<HeadedModel<DenseEncoderContext, Labels>>;
  readonly questionAnswering: Make<HeadedModel<DenseEncoderContext, SpanLabels, SpanOutput>>;
}

/** RoBERTa's network under a family's name, `xlmRoberta` say, which errors have, with that family's config. */
export function robertaNetwork(family: string, configOf: (config: ConfigJson | Partial<Config>) => Config): RobertaNetwork {
  const made =
    <Model>(head: string, make: (name: string, config: Config, body: ReturnType<typeof bodyOf>) => Model): Make<Model> =>
    (config, options = {}) => {
      const name = `${family}${head}`;
      return inNameOf(name, () => {
        const read = configOf(config);
        return make(name, read, bodyOf(name, read, options));
      });
    };
  const bodyOf = (name: string, config: Config, options: ModelOptions) => {
    requireKnown(name, options, modelOptionNames);
    return {
      name: 'roberta',
      layer: denseEncoder(name, config, { positionsOver: 'tokens', canBeLong: true }, { ...options, pooler: false }),
    };
  };
  const classification = (name: string, config: Config): ClassificationConfig => ({
    name,
    width: config.hiddenSize,
    labels: labelCount(config),
    problemType: config.problemType,
    dropout: config.classifierDropout ?? config.hiddenDropoutProb,
    standardDeviation: config.initializerRange,
  });
  return {
    model: (config, options = {}) =>
      inNameOf(`${family}Model`, () =>
        denseEncoder(`${family}Model`, configOf(config), { positionsOver: 'tokens', canBeLong: true }, options),
      ),
    maskedLanguageModel: made('ForMaskedLanguageModel', (name, config, body) => robertaWordHead(name, config, body)),
    sequenceClassification: made('ForSequenceClassification', (name, config, body) => {
      const settings = classification(name, config);
      return sequenceClassification(body, settings, firstTokenHead(settings));
    }),
    tokenClassification: made('ForTokenClassification', (name, config, body) => tokenClassification(body, classification(name, config))),
    questionAnswering: made('ForQuestionAnswering', (name, config, body) =>
      questionAnswering(body, { name, width: config.hiddenSize, standardDeviation: config.initializerRange }),
    ),
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

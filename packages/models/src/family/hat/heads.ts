import { dropout, linear } from '@longspan/core-tensor';
import { ConfigError, inNameOf } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { max, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { activations, labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import {
  type ClassificationConfig,
  type ClassificationHead,
  sequenceClassification,
  tokenClassification,
  wordHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type HatConfig, hatConfig, segmentLengthOf } from './config.ts';
import { type HatContext, modelOf } from './model.ts';

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(name: string, config: ConfigJson | Partial<HatConfig>, make: (name: string, read: HatConfig) => Model): Model =>
  inNameOf(name, () => make(name, hatConfig(config)));

const body = (name: string, config: HatConfig, options: ModelOptions) => ({
  name: 'hi_transformer',
  layer: modelOf(name, config, options),
});

const classification = (name: string, config: HatConfig): ClassificationConfig => ({
  name,
  width: config.hiddenSize,
  labels: labelCount(config),
  problemType: config.problemType,
  dropout: config.classifierDropout ?? config.hiddenDropoutProb,
  standardDeviation: config.initializerRange,
});

/** A linear map and tanh of something made of the segments' first tokens, dropout, and a linear map. */
function segmentsHead(
  { width, labels, dropout: rate, standardDeviation }: ClassificationConfig,
  { dense, segmentLength, of }: { readonly dense: string; readonly segmentLength: number; readonly of: (firsts: Tensor) => Tensor },
): ClassificationHead {
  const draw = { kind: 'normal', standardDeviation } as const;
  return {
    parts: {
      [dense]: linear({ inFeatures: width, outFeatures: width, draw }),
      classifier: linear({ inFeatures: width, outFeatures: labels, draw }),
      dropout: dropout({ rate }),
    },
    logits: (part, { hidden }) => part('classifier')(part('dropout')(tanh(part(dense)(of(firstsOf(hidden, segmentLength)))))),
  };
}

/** [b, n, width] -> [b, segments, width] */
function firstsOf(hidden: Tensor, segmentLength: number): Tensor {
  const segments = Math.ceil((hidden.shape[1] as number) / segmentLength);
  return reorderRows(
    hidden,
    Int32Array.from({ length: segments }, (_, at) => at * segmentLength),
  );
}

/**
 * HAT with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of hatModel, and n · hiddenSize · vocabSize multiply-adds
 * @source HATForMaskedLM of coastalcph/hierarchical-transformers
 */
export const hatForMaskedLanguageModel = (
  config: ConfigJson | Partial<HatConfig>,
  options: ModelOptions = {},
): HeadedModel<HatContext, Labels> =>
  made('hatForMaskedLanguageModel', config, (name, read) =>
    wordHead(body(name, read, options), {
      name,
      width: read.hiddenSize,
      vocabulary: read.vocabSize,
      activation: activations.gelu, // whatever hidden_act says
      epsilon: read.layerNormEps,
      standardDeviation: read.initializerRange,
      names: { transform: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder', bias: 'lm_head.bias' },
      tiedTo: read.tieWordEmbeddings ? 'hi_transformer.embeddings.word_embeddings.weight' : undefined,
    }),
  );

/**
 * HAT with logits of the classes of a whole text, made of the maximum over the first tokens of all segments (as in the reference also of
 * segments that are nothing but padding), and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels].
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of hatModel
 * @source HATForSequenceClassification of coastalcph/hierarchical-transformers
 */
export const hatForSequenceClassification = (
  config: ConfigJson | Partial<HatConfig>,
  options: ModelOptions = {},
): HeadedModel<HatContext, Labels> =>
  made('hatForSequenceClassification', config, (name, read) => {
    const own = classification(name, read);
    const head = { dense: 'pooler.dense', segmentLength: segmentLengthOf(read), of: (firsts: Tensor) => max(firsts, 1) };
    return sequenceClassification(body(name, read, options), own, segmentsHead(own, head));
  });

/**
 * HAT with logits of the classes of each segment, and `loss` over `labels` (int32 [b, segments], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, segments, labels]
 * @throws ConfigError for another problemType than classes by number
 * @cost that of hatModel
 * @source HATModelForSequentialSentenceClassification of coastalcph/hierarchical-transformers
 */
export const hatForSentenceClassification = (
  config: ConfigJson | Partial<HatConfig>,
  options: ModelOptions = {},
): HeadedModel<HatContext, Labels> =>
  made('hatForSentenceClassification', config, (name, read) => {
    const own = classification(name, read);
    requireClasses(name, own);
    const head = { dense: 'sentencizer.dense', segmentLength: segmentLengthOf(read), of: (firsts: Tensor) => firsts };
    return tokenClassification(body(name, read, options), own, segmentsHead(own, head));
  });

function requireClasses(caller: string, { problemType }: ClassificationConfig): void {
  if (problemType === undefined || problemType === 'single_label_classification') return;
  throw new ConfigError({
    caller,
    problem: 'problem_type must be single_label_classification where each segment has a class.',
    expected: "'single_label_classification', or none",
    got: problemType,
    remedy: 'leave problem_type out, and give int32 labels [b, segments].',
  });
}

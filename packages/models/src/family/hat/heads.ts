import { dropout, linear, stopGradient } from '@longspan/core-tensor';
import { ConfigError, inNameOf } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { argMax, cast, mul, oneHot, sum, type Tensor, tanh, transpose } from '@tensorflow/tfjs-core';
import { labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import {
  type ClassificationConfig,
  type ClassificationHead,
  type HeadTransform,
  sequenceClassification,
  tokenClassification,
  tokenHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels } from '../../head/losses.ts';
import { robertaWordHead } from '../../head/roberta-word-head.ts';
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

/** A linear map and tanh of something made of the segments' first tokens, and dropout. */
const segmentsTransform = (
  { width, dropout: rate, standardDeviation }: ClassificationConfig,
  { dense, segmentLength, of }: { readonly dense: string; readonly segmentLength: number; readonly of: (firsts: Tensor) => Tensor },
): HeadTransform => ({
  parts: {
    [dense]: linear({ inFeatures: width, outFeatures: width, draw: { kind: 'normal', standardDeviation } }),
    dropout: dropout({ rate }),
  },
  apply: (part, hidden) => part('dropout')(tanh(part(dense)(of(firstsOf(hidden, segmentLength))))),
});

/** The classes of what the transform makes. */
const transformedHead = ({ width, labels, standardDeviation }: ClassificationConfig, transform: HeadTransform): ClassificationHead => ({
  parts: {
    ...transform.parts,
    classifier: linear({ inFeatures: width, outFeatures: labels, draw: { kind: 'normal', standardDeviation } }),
  },
  logits: (part, { hidden }) => part('classifier')(transform.apply(part, hidden)),
});

/**
 * The maximum over the segments, [b, segments, width] -> [b, width]. Segments that are nothing but padding are alike: the gradient goes to
 * the first of them and not to each.
 */
function largest(firsts: Tensor): Tensor {
  const chosen = cast(oneHot(argMax(stopGradient(firsts), 1), firsts.shape[1] as number), 'float32'); // float32 of oneHot is wrong on wasm
  return sum(mul(firsts, transpose(chosen, [0, 2, 1])), 1);
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
  made('hatForMaskedLanguageModel', config, (name, read) => robertaWordHead(name, read, body(name, read, options)));

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
    const head = { dense: 'pooler.dense', segmentLength: segmentLengthOf(read), of: largest };
    return sequenceClassification(body(name, read, options), own, transformedHead(own, segmentsTransform(own, head)));
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
    return tokenClassification(body(name, read, options), own, tokenHead(own, segmentsTransform(own, head)));
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

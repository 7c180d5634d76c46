import { dropout, linear } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import { gateActivations, labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { firstToken } from '../../encoder/encoder-model.ts';
import {
  type ClassificationConfig,
  type ClassificationHead,
  denseTransform,
  type HeadTransform,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  tokenClassification,
  tokenHead,
  wordHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import { poolTokens } from '../../pooling/pool-tokens.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type ModernbertConfig, modernbertConfig } from './config.ts';
import { type ModernbertContext, modelOf } from './model.ts';

type Given = ConfigJson | Partial<ModernbertConfig>;

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(name: string, config: Given, make: (name: string, read: ModernbertConfig) => Model): Model =>
  inNameOf(name, () => make(name, modernbertConfig(config)));

const body = (name: string, config: ModernbertConfig, options: ModelOptions) => ({ name: 'model', layer: modelOf(name, config, options) });

/** What comes before the last linear map of every head. */
const transformOf = (config: ModernbertConfig) => ({
  width: config.hiddenSize,
  activation: gateActivations[config.classifierActivation],
  epsilon: config.normEps,
  biases: { transform: config.classifierBias, norm: config.normBias },
  standardDeviation: config.initializerRange,
});

const transformNames = { transform: 'head.dense', norm: 'head.norm' };

const withDropout = (config: ModernbertConfig): HeadTransform => {
  const dense = denseTransform({ ...transformOf(config), names: transformNames });
  return {
    parts: { ...dense.parts, drop: dropout({ rate: config.classifierDropout }) },
    apply: (part, x) => part('drop')(dense.apply(part, x)),
  };
};

const classification = (name: string, config: ModernbertConfig): ClassificationConfig => ({
  name,
  width: config.hiddenSize,
  labels: labelCount(config),
  problemType: config.problemType,
  dropout: config.classifierDropout,
  standardDeviation: config.initializerRange,
});

/**
 * ModernBERT with logits of every word for every token, and `loss` over `labels` (int32 [b, n]; none where it is sparsePredIgnoreIndex, −100
 * by default). The loss is the same with `sparsePrediction` and without.
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of modernbertModel, and n · hiddenSize · vocabSize multiply-adds
 * @source ModernBertForMaskedLM of Hugging Face transformers 4.57
 */
export const modernbertForMaskedLanguageModel = (config: Given, options: ModelOptions = {}): HeadedModel<ModernbertContext, Labels> =>
  made('modernbertForMaskedLanguageModel', config, (name, read) =>
    wordHead(body(name, read, options), {
      ...transformOf(read),
      name,
      vocabulary: read.vocabSize,
      names: { ...transformNames, decoder: 'decoder', bias: read.decoderBias ? 'decoder.bias' : undefined },
      tiedTo: read.tieWordEmbeddings ? 'model.embeddings.tok_embeddings.weight' : undefined,
      ignoreIndex: read.sparsePrediction ? read.sparsePredIgnoreIndex : -100,
    }),
  );

/**
 * ModernBERT with logits of the classes of a whole text, and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels]. They are made of
 * the first token, or of the mean over the tokens, as `classifierPooling` says.
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of modernbertModel
 * @source ModernBertForSequenceClassification of Hugging Face transformers 4.57
 */
export const modernbertForSequenceClassification = (config: Given, options: ModelOptions = {}): HeadedModel<ModernbertContext, Labels> =>
  made('modernbertForSequenceClassification', config, (name, read) =>
    sequenceClassification(body(name, read, options), classification(name, read), pooledClasses(read)),
  );

function pooledClasses(config: ModernbertConfig): ClassificationHead {
  const transform = withDropout(config);
  const draw = { kind: 'normal', standardDeviation: config.initializerRange } as const;
  return {
    parts: { ...transform.parts, classifier: linear({ inFeatures: config.hiddenSize, outFeatures: labelCount(config), draw }) },
    logits(part, { hidden }, padding) {
      const pooled = config.classifierPooling === 'cls' ? firstToken(hidden) : poolTokens(hidden, { modes: ['mean'], padding });
      return part('classifier')(transform.apply(part, pooled));
    },
  };
}

/**
 * ModernBERT with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of modernbertModel
 * @source ModernBertForTokenClassification of Hugging Face transformers 4.57
 */
export const modernbertForTokenClassification = (config: Given, options: ModelOptions = {}): HeadedModel<ModernbertContext, Labels> =>
  made('modernbertForTokenClassification', config, (name, read) =>
    tokenClassification(body(name, read, options), classification(name, read), tokenHead(classification(name, read), withDropout(read))),
  );

/**
 * ModernBERT with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of modernbertModel
 * @source ModernBertForQuestionAnswering of Hugging Face transformers 4.57
 */
export const modernbertForQuestionAnswering = (
  config: Given,
  options: ModelOptions = {},
): HeadedModel<ModernbertContext, SpanLabels, SpanOutput> =>
  made('modernbertForQuestionAnswering', config, (name, read) =>
    questionAnswering(body(name, read, options), {
      name,
      width: read.hiddenSize,
      standardDeviation: read.initializerRange,
      transform: withDropout(read),
      output: 'classifier',
    }),
  );

import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { activations, labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import {
  activate,
  firstTokenHead,
  questionAnswering,
  type SpanOutput,
  sequenceClassification,
  type WordHeadConfig,
  wordHead,
} from '../../head/encoder-heads.ts';
import type { HeadedModel, NextTokenModel } from '../../head/headed-model.ts';
import { type Labels, nextTokenLoss, type SpanLabels } from '../../head/losses.ts';
import { type BigBirdConfig, bigBirdConfig } from './config.ts';
import { type BigBirdContext, type BigBirdHeadOptions, bigBirdOptionNames, modelOf } from './model.ts';
import { questionHead, withQuestionTypes } from './question.ts';

/** Makes a model with a head, in whose name all errors are. */
const made = <Model>(
  name: string,
  config: ConfigJson | Partial<BigBirdConfig>,
  make: (name: string, read: BigBirdConfig) => Model,
): Model => inNameOf(name, () => make(name, bigBirdConfig(config)));

const body = (name: string, config: BigBirdConfig, options: BigBirdHeadOptions) => {
  requireKnown(name, options, bigBirdOptionNames);
  return { name: 'bert', layer: modelOf(name, config, { ...options, pooler: false }) };
};

const words = (name: string, config: BigBirdConfig): WordHeadConfig => ({
  name,
  width: config.hiddenSize,
  vocabulary: config.vocabSize,
  activation: activations[config.hiddenAct],
  epsilon: config.layerNormEps,
  standardDeviation: config.initializerRange,
  names: {
    transform: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    decoder: 'cls.predictions.decoder',
    bias: 'cls.predictions.bias',
  },
  tiedTo: config.tieWordEmbeddings ? 'bert.embeddings.word_embeddings.weight' : undefined,
});

/**
 * BigBird with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of bigBirdModel, and n · hiddenSize · vocabSize multiply-adds
 * @source BigBirdForMaskedLM of Hugging Face transformers 4.57
 */
export const bigBirdForMaskedLanguageModel = (
  config: ConfigJson | Partial<BigBirdConfig>,
  options: BigBirdHeadOptions = {},
): HeadedModel<BigBirdContext, Labels> =>
  made('bigBirdForMaskedLanguageModel', config, (name, read) => wordHead(body(name, read, options), words(name, read)));

/**
 * BigBird with logits of the next word for every token, and `loss` over `labels`, which are given unshifted (int32 [b, n], −100 where there
 * is none). No token attends to later ones, whatever `isDecoder` and `attentionType` say: Hugging Face's sees the future unless the one is
 * true and the other original_full, so its numbers differ from ours there.
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of bigBirdModel, and n · hiddenSize · vocabSize multiply-adds
 * @source BigBirdForCausalLM of Hugging Face transformers 4.57
 */
export const bigBirdForCausalLanguageModel = (
  config: ConfigJson | Partial<BigBirdConfig>,
  options: BigBirdHeadOptions = {},
): NextTokenModel<BigBirdContext, Labels> =>
  made('bigBirdForCausalLanguageModel', config, (name, read) =>
    wordHead(body(name, { ...read, isDecoder: true }, options), words(name, read), nextTokenLoss),
  );

/**
 * BigBird with logits of the classes of a whole text, and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels].
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of bigBirdModel
 * @source BigBirdForSequenceClassification of Hugging Face transformers 4.57
 */
export const bigBirdForSequenceClassification = (
  config: ConfigJson | Partial<BigBirdConfig>,
  options: BigBirdHeadOptions = {},
): HeadedModel<BigBirdContext, Labels> =>
  made('bigBirdForSequenceClassification', config, (name, read) => {
    const own = {
      name,
      width: read.hiddenSize,
      labels: labelCount(read),
      problemType: read.problemType,
      dropout: read.classifierDropout ?? read.hiddenDropoutProb,
      standardDeviation: read.initializerRange,
    };
    return sequenceClassification(body(name, read, options), own, firstTokenHead(own, activate[activations[read.hiddenAct]]));
  });

/**
 * BigBird with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`. The question ends with
 * the first separator (`sepTokenId`): its tokens are of type 0 and those after it of type 1, unless `tokenTypes` says otherwise, and but for
 * the first token of all they are no answer.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of bigBirdModel
 * @source BigBirdForQuestionAnswering of Hugging Face transformers 4.57
 */
export const bigBirdForQuestionAnswering = (
  config: ConfigJson | Partial<BigBirdConfig>,
  options: BigBirdHeadOptions = {},
): HeadedModel<BigBirdContext, SpanLabels, SpanOutput> =>
  made('bigBirdForQuestionAnswering', config, (called, read) => {
    const { name, layer } = body(called, read, options);
    return questionAnswering(
      { name, layer: withQuestionTypes(layer, read) },
      { name: called, width: read.hiddenSize, standardDeviation: read.initializerRange, head: questionHead(read) },
    );
  });

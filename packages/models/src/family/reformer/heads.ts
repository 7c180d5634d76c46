import { applyLinear, dropout, type Layer, type LayerContext, type LayerState, linear, type StatefulResult } from '@longspan/core-tensor';
import { ConfigError, inNameOf } from '@longspan/core-tensor/error';
import { biasSpec, linearWeightSpec, weightOf } from '@longspan/core-tensor/layer';
import { type Tensor, tanh } from '@tensorflow/tfjs-core';
import { labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { firstToken } from '../../encoder/encoder-model.ts';
import { questionAnswering, type SpanOutput, sequenceClassification } from '../../head/encoder-heads.ts';
import { type HeadedModel, type HeadOutput, headedModel } from '../../head/headed-model.ts';
import { type Labels, type SpanLabels, tokenLoss } from '../../head/losses.ts';
import { nextTokenLabels } from '../../head/next-token-labels.ts';
import type { NextTokenContext } from '../../head/next-tokens.ts';
import { type ReformerConfig, reformerConfig } from './config.ts';
import { drawOf } from './layer.ts';
import { modelOf, type ReformerContext, type ReformerOptions } from './model.ts';

/** The loss of a model that also gives its buckets. */
export interface ReformerHead<L extends LayerContext, Out extends HeadOutput = HeadOutput, C extends LayerContext = ReformerContext>
  extends Layer<C, Out & { readonly state: LayerState }> {
  /** { hidden: the loss, a scalar, state }. */
  readonly loss: Layer<ReformerContext & L, StatefulResult>;
}

type GivenConfig = ConfigJson | Partial<ReformerConfig>;

/** Makes a model with a head, in whose name all errors are. */
const made = <L extends LayerContext, Out extends HeadOutput = HeadOutput, C extends LayerContext = ReformerContext>(
  name: string,
  config: GivenConfig,
  make: (name: string, read: ReformerConfig) => HeadedModel<ReformerContext, L, Out>,
): ReformerHead<L, Out, C> => inNameOf(name, () => make(name, reformerConfig(config))) as object as ReformerHead<L, Out, C>;

const body = (name: string, config: ReformerConfig, options: ReformerOptions) => ({
  name: 'reformer',
  layer: modelOf(name, config, options),
});

function wordLogits(
  name: string,
  config: ReformerConfig,
  options: ReformerOptions,
  { gives, loss }: { readonly gives?: string; readonly loss: (logits: Tensor, labels: Tensor) => Tensor },
) {
  const shape = [config.vocabSize, 2 * config.hiddenSize] as const;
  const [decoder, bias] = ['lm_head.decoder.weight', 'lm_head.bias'];
  return headedModel<ReformerContext, Labels>({
    name,
    body: body(name, config, options) as never,
    spec: {
      [decoder]: linearWeightSpec(shape, drawOf(config)),
      [bias]: biasSpec([config.vocabSize]),
    },
    parts: {},
    logits: ({ parameters }, { hidden }) => applyLinear(hidden, weightOf(parameters, decoder, shape), parameters.get(bias)),
    gives,
    labels: { labels: 'int32 [b, n], −100 where there is no loss' },
    loss: (_, logits, { labels }) => loss(logits, labels),
  });
}

/**
 * Reformer with logits of the next token, and `loss` over `labels` (int32 [b, n]: the ids themselves, which are shifted by one; −100 where there
 * is none). The state holds the buckets; with `cache: true` all that a text is written by. chunk_size_lm_head changes no number and is not read.
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @throws ConfigError for a config whose layers see later tokens
 * @cost that of reformerModel, and n · 2 · hiddenSize · vocabSize multiply-adds
 * @source ReformerModelWithLMHead of Hugging Face transformers 4.57
 */
export const reformerForCausalLanguageModel = (
  config: GivenConfig,
  options: ReformerOptions = {},
): ReformerHead<Labels, HeadOutput, ReformerContext & NextTokenContext> =>
  made('reformerForCausalLanguageModel', config, (name, read) => {
    const looksAhead = read.attnLayers.some((kind) => (kind === 'lsh' ? read.lshNumChunksAfter : read.localNumChunksAfter) > 0);
    if (read.isDecoder && !looksAhead)
      return wordLogits(name, read, options, { loss: (logits, labels) => tokenLoss(logits, nextTokenLabels(labels)) });
    throw new ConfigError({
      caller: name,
      problem: 'a causal language model must not see later tokens.',
      expected: 'is_decoder true, and 0 chunks after in every layer',
      got: read.isDecoder ? 'chunks after their own' : 'is_decoder false',
      remedy: 'use reformerForMaskedLanguageModel for a config that sees both sides.',
    });
  });

/**
 * Reformer with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @throws ConfigError for a causal config
 * @cost that of reformerModel, and n · 2 · hiddenSize · vocabSize multiply-adds
 * @source ReformerForMaskedLM of Hugging Face transformers 4.57
 */
export const reformerForMaskedLanguageModel = (config: GivenConfig, options: ReformerOptions = {}): ReformerHead<Labels> =>
  made('reformerForMaskedLanguageModel', config, (name, read) => {
    if (!read.isDecoder) return wordLogits(name, read, options, { gives: 'logits of masked words', loss: tokenLoss });
    throw new ConfigError({
      caller: name,
      problem: 'is_decoder must be false: words are filled in from both sides.',
      expected: 'is_decoder false',
      got: 'is_decoder true',
      remedy: 'use reformerForCausalLanguageModel for a causal config.',
    });
  });

/**
 * Reformer with logits of the classes of a whole text, from both streams of its first token, and `loss` over `labels` (see `classificationLoss`).
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of reformerModel
 * @source ReformerForSequenceClassification of Hugging Face transformers 4.57
 */
export const reformerForSequenceClassification = (config: GivenConfig, options: ReformerOptions = {}): ReformerHead<Labels> =>
  made('reformerForSequenceClassification', config, (name, read) => {
    const { hiddenSize: width, classifierDropout, hiddenDropoutProb, problemType, initializerRange: standardDeviation } = read;
    const [labels, rate, draw] = [labelCount(read), classifierDropout ?? hiddenDropoutProb, drawOf(read)];
    return sequenceClassification<ReformerContext>(
      body(name, read, options),
      { name, width: 2 * width, labels, problemType, dropout: rate, standardDeviation },
      {
        parts: {
          'classifier.dense': linear({ inFeatures: 2 * width, outFeatures: width, draw }),
          'classifier.out_proj': linear({ inFeatures: width, outFeatures: labels, draw }),
          dropoutBefore: dropout({ rate }),
          dropoutBetween: dropout({ rate }),
        },
        logits: (part, { hidden }) =>
          part('classifier.out_proj')(part('dropoutBetween')(tanh(part('classifier.dense')(part('dropoutBefore')(firstToken(hidden)))))),
      },
    );
  });

/**
 * Reformer with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of reformerModel
 * @source ReformerForQuestionAnswering of Hugging Face transformers 4.57
 */
export const reformerForQuestionAnswering = (config: GivenConfig, options: ReformerOptions = {}): ReformerHead<SpanLabels, SpanOutput> =>
  made('reformerForQuestionAnswering', config, (name, read) =>
    questionAnswering<ReformerContext>(body(name, read, options), {
      name,
      width: 2 * read.hiddenSize,
      standardDeviation: read.initializerRange,
    }),
  );

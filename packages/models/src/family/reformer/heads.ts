import { applyLinear, dropout, linear } from '@longspan/core-tensor';
import { biasSpec, linearWeightSpec } from '@longspan/core-tensor/layer';
import { ConfigError } from '@longspan/core-tensor/error';
import { type Tensor, tanh } from '@tensorflow/tfjs-core';
import { labelCount } from '../../config/kinds.ts';
import { firstToken } from '../../encoder/encoder-model.ts';
import { questionAnswering, type SpanOutput, sequenceClassification } from '../../head/encoder-heads.ts';
import { type HeadedModel, type HeadOutput, headedModel } from '../../head/headed-model.ts';
import { type Labels, type SpanLabels, tokenLoss } from '../../head/losses.ts';
import { nextTokenLabels } from '../../head/next-token.ts';
import { type ReformerConfig } from './config.ts';
import { drawOf } from './layer.ts';
import { type ReformerContext, type ReformerOptions, type ReformerOutput, reformerModel } from './model.ts';

export type ReformerHeadOutput = HeadOutput & Pick<ReformerOutput, 'state'>;

const body = (config: ReformerConfig, options: ReformerOptions | undefined) => ({ name: 'reformer', layer: reformerModel(config, options) });

function wordLogits(name: string, config: ReformerConfig, options: ReformerOptions | undefined, loss: (logits: Tensor, labels: Tensor) => Tensor) {
  const { vocabSize, hiddenSize } = config;
  return headedModel<ReformerContext, Labels, ReformerHeadOutput>({
    name,
    body: body(config, options) as never,
    spec: {
      'lm_head.decoder.weight': linearWeightSpec([vocabSize, 2 * hiddenSize], drawOf(config)),
      'lm_head.bias': biasSpec([vocabSize]),
    },
    parts: {},
    logits: ({ parameters }, { hidden }) => applyLinear(hidden, parameters.get('lm_head.decoder.weight'), parameters.get('lm_head.bias')),
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
export function reformerForLanguageModel(config: ReformerConfig, options?: ReformerOptions): HeadedModel<ReformerContext, Labels, ReformerHeadOutput> {
  const name = 'reformerForLanguageModel';
  const looksAhead = config.attnLayers.some((kind) => (kind === 'lsh' ? config.lshNumChunksAfter : config.localNumChunksAfter) > 0);
  if (!config.isDecoder || looksAhead) {
    throw new ConfigError({
      caller: name,
      problem: 'a language model must not see later tokens.',
      expected: 'is_decoder true, and 0 chunks after in every layer',
      got: config.isDecoder ? 'chunks after a token’s own' : 'is_decoder false',
      remedy: 'use reformerForMaskedLanguageModel for a config that sees both sides.',
    });
  }
  return wordLogits(name, config, options, (logits, labels) => tokenLoss(logits, nextTokenLabels(labels)));
}

/**
 * Reformer with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @throws ConfigError for a causal config
 * @cost that of reformerModel, and n · 2 · hiddenSize · vocabSize multiply-adds
 * @source ReformerForMaskedLM of Hugging Face transformers 4.57
 */
export function reformerForMaskedLanguageModel(
  config: ReformerConfig,
  options?: ReformerOptions,
): HeadedModel<ReformerContext, Labels, ReformerHeadOutput> {
  const name = 'reformerForMaskedLanguageModel';
  if (!config.isDecoder) return wordLogits(name, config, options, tokenLoss);
  throw new ConfigError({
    caller: name,
    problem: 'is_decoder must be false: words are filled in from both sides.',
    expected: 'is_decoder false',
    got: 'is_decoder true',
    remedy: 'use reformerForLanguageModel for a causal config.',
  });
}

/**
 * Reformer with logits of the classes of a whole text, from both streams of its first token, and `loss` over `labels` (see `classificationLoss`).
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of reformerModel
 * @source ReformerForSequenceClassification of Hugging Face transformers 4.57
 */
export function reformerForSequenceClassification(config: ReformerConfig, options?: ReformerOptions): HeadedModel<ReformerContext, Labels> {
  const { hiddenSize: width, classifierDropout, hiddenDropoutProb } = config;
  const [labels, rate, draw] = [labelCount(config), classifierDropout ?? hiddenDropoutProb, drawOf(config)];
  return sequenceClassification<ReformerContext>(
    body(config, options),
    {
      name: 'reformerForSequenceClassification',
      width: 2 * width,
      labels,
      problemType: config.problemType,
      dropout: rate,
      standardDeviation: config.initializerRange,
    },
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
}

/**
 * Reformer with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of reformerModel
 * @source ReformerForQuestionAnswering of Hugging Face transformers 4.57
 */
export const reformerForQuestionAnswering = (
  config: ReformerConfig,
  options?: ReformerOptions,
): HeadedModel<ReformerContext, SpanLabels, SpanOutput> =>
  questionAnswering<ReformerContext>(body(config, options), {
    name: 'reformerForQuestionAnswering',
    width: 2 * config.hiddenSize,
    standardDeviation: config.initializerRange,
  });

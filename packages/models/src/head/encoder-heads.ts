import { type Activation, applyLinear, dropout, gelu, type Layer, type LayerContext, layerNorm, linear } from '@longspan/core-tensor';
import { biasSpec, linearWeightSpec } from '@longspan/core-tensor/layer';
import { relu, reshape, slice, type Tensor, tanh } from '@tensorflow/tfjs-core';
import type { ProblemType } from '../config/kinds.ts';
import { type EncoderOutput, firstToken } from '../encoder/encoder-model.ts';
import { type HeadedModel, type HeadedModelConfig, type HeadOutput, headedModel } from './headed-model.ts';
import { classificationLoss, type Labels, type SpanLabels, spanLoss, tokenLoss } from './losses.ts';

/** A body, under its name in the checkpoint. */
export interface NamedBody<C extends LayerContext> {
  readonly name: string;
  readonly layer: Layer<C, EncoderOutput>;
}

interface Sizes {
  readonly name: string;
  readonly width: number;
  readonly standardDeviation: number;
}

/** What the parts of a head for masked words are called in the checkpoint. */
export interface WordHeadNames {
  /** cls.predictions.transform.dense, lm_head.dense, vocab_transform */
  readonly transform: string;
  readonly norm: string;
  /** Holds weight (where words are not tied) and nothing else. */
  readonly decoder: string;
  /** The bias of the words: cls.predictions.bias. */
  readonly bias: string;
}

export interface WordHeadConfig extends Sizes {
  readonly vocabulary: number;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly names: WordHeadNames;
  /** The table of words, where the decoder is tied to it; undefined for a decoder of its own. */
  readonly tiedTo: string | undefined;
}

export const activate: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  gelu: (x) => gelu(x, 'none'),
  geluTanh: (x) => gelu(x, 'tanh'),
  relu: (x) => relu(x),
};

const normal = (standardDeviation: number) => ({ kind: 'normal', standardDeviation }) as const;

/**
 * Logits of every word for every token: for masked words, and for the next one.
 * @shape ids int32 [b, n] -> hidden [b, n, vocabulary]
 */
export function wordHead<C extends LayerContext>(
  body: NamedBody<C>,
  config: WordHeadConfig,
  loss: (logits: Tensor, labels: Tensor) => Tensor = tokenLoss,
): HeadedModel<C, Labels> {
  const { name, width, vocabulary, activation, epsilon, names, tiedTo } = config;
  const draw = normal(config.standardDeviation);
  const own = `${names.decoder}.weight`;
  return headedModel<C, Labels>({
    name,
    body: body as NamedBody<never>,
    spec: {
      [names.bias]: biasSpec([vocabulary]),
      ...(tiedTo === undefined ? { [own]: linearWeightSpec([vocabulary, width], draw) } : {}),
    },
    parts: { [names.transform]: linear({ inFeatures: width, outFeatures: width, draw }), [names.norm]: layerNorm({ width, epsilon }) },
    logits: ({ part, parameters }, { hidden }) =>
      applyLinear(
        part(names.norm)(activate[activation](part(names.transform)(hidden))),
        parameters.get(tiedTo ?? own),
        parameters.get(names.bias),
      ),
    labels: { labels: 'int32 [b, n], −100 where there is no loss' },
    loss: (_, logits, { labels }) => loss(logits, labels),
  });
}

export interface ClassificationConfig extends Sizes {
  readonly labels: number;
  readonly problemType: ProblemType | undefined;
  readonly dropout: number;
}

/** What makes logits of the body's results. */
export interface ClassificationHead {
  readonly parts: Readonly<Record<string, Layer>>;
  readonly logits: (part: (name: string) => (x: Tensor) => Tensor, output: EncoderOutput) => Tensor;
}

/**
 * Logits of the classes of a whole text. `head` makes them of the body's results, under the names of the checkpoint.
 * @shape ids int32 [b, n] -> hidden [b, labels]
 */
export function sequenceClassification<C extends LayerContext>(
  body: NamedBody<C>,
  config: ClassificationConfig,
  head: ClassificationHead = pooledHead(config),
): HeadedModel<C, Labels> {
  return headedModel<C, Labels>({
    name: config.name,
    body: body as NamedBody<never>,
    parts: head.parts,
    logits: ({ part }, output) => head.logits(part, output),
    labels: { labels: 'int32 [b], or float32 [b] or [b, labels]' },
    loss: (_, logits, { labels }) => classificationLoss(logits, labels, config.problemType),
  });
}

/** BERT's: dropout and a linear map of what the pooler gave. */
export function pooledHead({ width, labels, dropout: rate, standardDeviation }: ClassificationConfig): ClassificationHead {
  return {
    parts: { dropout: dropout({ rate }), classifier: linear({ inFeatures: width, outFeatures: labels, draw: normal(standardDeviation) }) },
    logits: (part, { pooled }) => part('classifier')(part('dropout')(pooled as Tensor)),
  };
}

/** RoBERTa's: a linear map, tanh or another function, and a linear map of the first token. */
export function firstTokenHead(
  { width, labels, dropout: rate, standardDeviation }: ClassificationConfig,
  between: (x: Tensor) => Tensor = tanh,
): ClassificationHead {
  const draw = normal(standardDeviation);
  return {
    parts: {
      'classifier.dense': linear({ inFeatures: width, outFeatures: width, draw }),
      'classifier.out_proj': linear({ inFeatures: width, outFeatures: labels, draw }),
      dropoutBefore: dropout({ rate }),
      dropoutBetween: dropout({ rate }),
    },
    logits: (part, { hidden }) =>
      part('classifier.out_proj')(part('dropoutBetween')(between(part('classifier.dense')(part('dropoutBefore')(firstToken(hidden)))))),
  };
}

/**
 * Logits of the classes of each token, or of what `head` makes of them.
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 */
export function tokenClassification<C extends LayerContext>(
  body: NamedBody<C>,
  config: ClassificationConfig,
  head: ClassificationHead = linearHead(config),
): HeadedModel<C, Labels> {
  return headedModel<C, Labels>({
    name: config.name,
    body: body as NamedBody<never>,
    parts: head.parts,
    logits: ({ part }, output) => head.logits(part, output),
    labels: { labels: 'int32 [b, n], −100 where there is no loss' },
    loss: (_, logits, { labels }) => tokenLoss(logits, labels),
  });
}

/** Dropout and a linear map of each token. */
const linearHead = ({ width, labels, dropout: rate, standardDeviation }: ClassificationConfig): ClassificationHead => ({
  parts: { dropout: dropout({ rate }), classifier: linear({ inFeatures: width, outFeatures: labels, draw: normal(standardDeviation) }) },
  logits: (part, { hidden }) => part('classifier')(part('dropout')(hidden)),
});

export interface SpanOutput extends HeadOutput {
  /** [b, n] */
  readonly startLogits: Tensor;
  /** [b, n] */
  readonly endLogits: Tensor;
}

export interface QuestionConfig extends Sizes {
  /** See HeadedModelConfig. */
  readonly needs?: Readonly<Record<string, string>> | undefined;
  /** A linear map of each token by default. */
  readonly head?: QuestionHead | undefined;
}

/** What makes the two logits of each token. */
export interface QuestionHead {
  readonly parts: Readonly<Record<string, Layer>>;
  readonly logits: HeadedModelConfig<SpanLabels, EncoderOutput>['logits'];
}

/**
 * For each token how likely an answer begins and ends with it.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 */
export function questionAnswering<C extends LayerContext>(
  body: NamedBody<C>,
  config: QuestionConfig,
): HeadedModel<C, SpanLabels, SpanOutput> {
  const { name, needs, head = linearQuestionHead(config) } = config;
  return headedModel<C, SpanLabels, SpanOutput>({
    name,
    body: body as NamedBody<never>,
    parts: head.parts,
    logits: head.logits,
    also: (logits) => ({ startLogits: column(logits, 0), endLogits: column(logits, 1) }),
    labels: { startPositions: 'int32 [b]', endPositions: 'int32 [b]' },
    needs,
    loss: (_, logits, labels) => spanLoss({ start: column(logits, 0), end: column(logits, 1) }, labels),
  });
}

const linearQuestionHead = ({ width, standardDeviation }: Sizes): QuestionHead => ({
  parts: { qa_outputs: linear({ inFeatures: width, outFeatures: 2, draw: normal(standardDeviation) }) },
  logits: ({ part }, { hidden }) => part('qa_outputs')(hidden),
});

function column(logits: Tensor, at: number): Tensor {
  const [batch, length] = logits.shape as [number, number, number];
  return reshape(slice(logits, [0, 0, at], [batch, length, 1]), [batch, length]);
}

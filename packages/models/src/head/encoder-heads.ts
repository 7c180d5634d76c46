import {
  applyLinear,
  dropout,
  type GateActivation,
  gelu,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
  linearCrossEntropy,
  type Padding,
} from '@longspan/core-tensor';
import { biasSpec, linearWeightSpec, weightOf } from '@longspan/core-tensor/layer';
import { mul, relu, reshape, sigmoid, slice, type Tensor, tanh } from '@tensorflow/tfjs-core';
import type { ProblemType } from '../config/kinds.ts';
import { type EncoderOutput, firstToken } from '../encoder/encoder-model.ts';
import { type HeadedModel, type HeadedModelConfig, type HeadOutput, type HeadScope, headedModel } from './headed-model.ts';
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
  /** The bias of the words: cls.predictions.bias; undefined where there is none. */
  readonly bias: string | undefined;
}

export interface WordHeadConfig extends Sizes {
  readonly vocabulary: number;
  readonly activation: GateActivation;
  readonly epsilon: number;
  readonly names: WordHeadNames;
  /** The label of a token without a loss; −100 by default. */
  readonly ignoreIndex?: number | undefined;
  /** Whether the transform's linear map and its norm have biases; both do by default. */
  readonly biases?: { readonly transform: boolean; readonly norm: boolean } | undefined;
  /** The table of words, where the decoder is tied to it; undefined for a decoder of its own. */
  readonly tiedTo: string | undefined;
}

export const activate: Readonly<Record<GateActivation, (x: Tensor) => Tensor>> = {
  silu: (x) => mul(x, sigmoid(x)),
  gelu: (x) => gelu(x, 'none'),
  geluTanh: (x) => gelu(x, 'tanh'),
  relu: (x) => relu(x),
};

const normal = (standardDeviation: number) => ({ kind: 'normal', standardDeviation }) as const;

/** What a head makes of the hidden states before its last linear map. */
export interface HeadTransform {
  readonly parts: Readonly<Record<string, Layer>>;
  readonly apply: (part: HeadScope['part'], x: Tensor) => Tensor;
}

/** A linear map, an activation and a norm. */
export function denseTransform({
  width,
  activation,
  epsilon,
  names,
  biases = { transform: true, norm: true },
  standardDeviation,
}: Pick<WordHeadConfig, 'width' | 'activation' | 'epsilon' | 'biases' | 'standardDeviation'> & {
  readonly names: Pick<WordHeadNames, 'transform' | 'norm'>;
}): HeadTransform {
  const draw = normal(standardDeviation);
  return {
    parts: {
      [names.transform]: linear({ inFeatures: width, outFeatures: width, bias: biases.transform, draw }),
      [names.norm]: layerNorm({ width, epsilon, bias: biases.norm }),
    },
    apply: (part, x) => part(names.norm)(activate[activation](part(names.transform)(x))),
  };
}

/** Nothing but dropout. */
export const dropoutTransform = (rate: number): HeadTransform => ({
  parts: { dropout: dropout({ rate }) },
  apply: (part, x) => part('dropout')(x),
});

/**
 * Logits of every word for every token: for masked words, and for the next one.
 * @param loss of a model of next tokens; masked words have their own
 * @shape ids int32 [b, n] -> hidden [b, n, vocabulary]
 */
export function wordHead<C extends LayerContext>(
  body: NamedBody<C>,
  config: WordHeadConfig,
  loss?: (logits: Tensor, labels: Tensor) => Tensor,
): HeadedModel<C, Labels> {
  const { name, width, vocabulary, names, tiedTo, ignoreIndex = -100 } = config;
  const draw = normal(config.standardDeviation);
  const own = `${names.decoder}.weight`;
  const transform = denseTransform(config);
  const decoder = (parameters: HeadScope['parameters']) => ({
    weight: tiedTo === undefined ? weightOf(parameters, own, [vocabulary, width]) : parameters.get(tiedTo),
    bias: names.bias === undefined ? undefined : parameters.get(names.bias),
  });
  return headedModel<C, Labels>({
    name,
    body: body as NamedBody<never>,
    spec: {
      ...(names.bias === undefined ? {} : { [names.bias]: biasSpec([vocabulary]) }),
      ...(tiedTo === undefined ? { [own]: linearWeightSpec([vocabulary, width], draw) } : {}),
    },
    parts: transform.parts,
    logits({ part, parameters }, { hidden }) {
      const { weight, bias } = decoder(parameters);
      return applyLinear(transform.apply(part, hidden), weight, bias);
    },
    gives: loss === undefined ? 'logits of masked words' : undefined,
    labels: { labels: `int32 [b, n], ${ignoreIndex} where there is no loss` },
    loss: (_, logits, { labels }) => (loss === undefined ? tokenLoss(logits, labels, ignoreIndex) : loss(logits, labels)),
    lossOfBody({ part, parameters }, { hidden }, { labels }) {
      const { weight, bias } = decoder(parameters);
      if (loss !== undefined || 'kind' in weight) return undefined; // a packed weight makes its logits itself
      return linearCrossEntropy({ hidden: transform.apply(part, hidden), weight, bias, targets: labels }, { ignoreIndex });
    },
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
  readonly logits: (part: HeadScope['part'], output: EncoderOutput, padding: Padding | undefined) => Tensor;
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
    logits: ({ part, padding }, output) => head.logits(part, output, padding),
    gives: 'logits of classes of texts',
    labels: { labels: 'int32 [b], or float32 [b] or [b, labels]' },
    loss: (_, logits, { labels }) => classificationLoss(logits, labels, config.problemType),
  });
}

/** BERT's: dropout and a linear map of what the pooler gave. */
function pooledHead({ width, labels, dropout: rate, standardDeviation }: ClassificationConfig): ClassificationHead {
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
  head: ClassificationHead = tokenHead(config),
): HeadedModel<C, Labels> {
  return headedModel<C, Labels>({
    name: config.name,
    body: body as NamedBody<never>,
    parts: head.parts,
    logits: ({ part, padding }, output) => head.logits(part, output, padding),
    gives: 'logits of classes of tokens',
    labels: { labels: 'int32 [b, n], −100 where there is no loss' },
    loss: (_, logits, { labels }) => tokenLoss(logits, labels),
  });
}

/** A linear map of each token, after dropout or another transform. */
export function tokenHead(
  { width, labels, dropout: rate, standardDeviation }: ClassificationConfig,
  transform: HeadTransform = dropoutTransform(rate),
): ClassificationHead {
  return {
    parts: { ...transform.parts, classifier: linear({ inFeatures: width, outFeatures: labels, draw: normal(standardDeviation) }) },
    logits: (part, { hidden }) => part('classifier')(transform.apply(part, hidden)),
  };
}

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
  /** What comes before that linear map; nothing by default. */
  readonly transform?: HeadTransform | undefined;
  /** What that linear map is called; qa_outputs by default. */
  readonly output?: string | undefined;
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
    gives: 'logits of the first and last tokens of answers',
    labels: { startPositions: 'int32 [b]', endPositions: 'int32 [b]' },
    needs,
    loss: (_, logits, labels) => spanLoss({ start: column(logits, 0), end: column(logits, 1) }, labels),
  });
}

const linearQuestionHead = ({ width, standardDeviation, transform, output = 'qa_outputs' }: QuestionConfig): QuestionHead => ({
  parts: { ...transform?.parts, [output]: linear({ inFeatures: width, outFeatures: 2, draw: normal(standardDeviation) }) },
  logits: ({ part }, { hidden }) => part(output)(transform === undefined ? hidden : transform.apply(part, hidden)),
});

function column(logits: Tensor, at: number): Tensor {
  const [batch, length] = logits.shape as [number, number, number];
  return reshape(slice(logits, [0, 0, at], [batch, length, 1]), [batch, length]);
}

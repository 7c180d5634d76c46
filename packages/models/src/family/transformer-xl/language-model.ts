import { defineLayer, dims, type Layer, type LayerContext, type Lens, type StatefulResult } from '@longspan/core-tensor';
import { inNameOf, isList, type OptionKind, requireKnown, ShapeError, stamped } from '@longspan/core-tensor/error';
import { requireContext } from '@longspan/core-tensor/layer';
import {
  type AdaptiveSoftmaxConfig,
  type AdaptiveSoftmaxContext,
  adaptiveEmbedding,
  adaptiveSoftmax,
  type SegmentRecurrenceConfig,
  type SegmentRecurrenceContext,
  type SegmentRecurrenceResult,
  segmentRecurrence,
} from '@longspan/memory-xl';
import { cast, div, notEqual, sum, type Tensor } from '@tensorflow/tfjs-core';
import type { Labels } from '../../head/losses.ts';
import { ignored, nextTokenLabels } from '../../head/next-token-labels.ts';
import { keptTokens, logitsToKeepName, type NextTokenContext, requireLogitsToKeep } from '../../head/next-tokens.ts';

export interface XlLanguageModelConfig extends Omit<SegmentRecurrenceConfig, 'embedding'>, AdaptiveSoftmaxConfig {}

export interface XlTargets extends LayerContext {
  /**
   * The token that follows each one of x, row by row, b · n numbers of the host or int32 [b, n] (see `adaptiveSoftmax`); −100 where none
   * counts.
   */
  readonly targets: ArrayLike<number> | Tensor;
}

/** The model of losses, of all probabilities where they are wanted, and of the mean loss. */
export interface XlLanguageModel extends Layer<SegmentRecurrenceContext & XlTargets, SegmentRecurrenceResult> {
  /** log p of every token as the next one, hidden [b, n, vocabulary], by the same parameters and with the same state. */
  readonly logProbabilities: Layer<SegmentRecurrenceContext & NextTokenContext, SegmentRecurrenceResult>;
  /** The mean of the losses of `labels`, int32 [b, n], each the target of the token before it, −100 where none counts. */
  readonly loss: Layer<SegmentRecurrenceContext & Labels, StatefulResult>;
}

const caller = 'xlLanguageModel';

/**
 * Transformer-XL as a language model: adaptive embedding, layers with segment recurrence, adaptive softmax. Parameters as in Hugging
 * Face: `transformer.word_emb.*`, `transformer.layers.i.*`, `crit.*`, where what is tied stands once, in the embedding.
 * @shape x int32 [b, n], context.targets as many; hidden: losses [b, n] in nats, 0 where the target does not count; state: the memories
 *   `transformer.layers.i.dec_attn.memory` and their lengths
 * @throws ConfigError when the sizes do not fit each other; apply: ShapeError, ConfigError when x, the context or the state does not fit
 * @cost that of its parts; the same for each segment, however long the text
 * @source Dai et al. 2019 (arXiv 1901.02860); TransfoXLLMHeadModel of Hugging Face transformers 4.57
 * @example
 * const sizes = { vocabulary: 9, width: 4, cutoffs: [6], layers: 2, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 3 };
 * const model = xlLanguageModel({ ...sizes, tiedTables: true });
 * const parameters = model.init(createKey(0));
 * const { hidden, state } = model.apply(parameters, tensor2d([[1, 8, 2]], [1, 3], 'int32'), { targets: [8, 2, 5] });
 * [hidden.shape, state['transformer.layers.0.dec_attn.lengths.0']]; // => [[1, 3], 3]
 */
export const xlLanguageModel = (config: XlLanguageModelConfig): XlLanguageModel => inNameOf(caller, () => modelOf(caller, config));

const names: Readonly<Record<keyof XlLanguageModelConfig, true | OptionKind>> = {
  width: true,
  heads: true,
  headDim: true,
  window: true,
  maxDistance: true,
  sharedBiases: 'flag',
  attentionDropout: true,
  blockSize: true,
  memoryLength: true,
  normalization: true,
  epsilon: 'amount',
  hiddenDropout: true,
  memoryStart: true,
  layers: true,
  innerWidth: true,
  wrapLayer: 'function',
  vocabulary: true,
  embeddingWidth: true,
  cutoffs: true,
  widthDivisor: true,
  tiedTables: 'flag',
  tiedProjections: 'list',
  ignoreIndex: true,
};

/** The embedding and the layers, whose names stand side by side. */
export function xlTransformer(config: XlLanguageModelConfig): Layer<SegmentRecurrenceContext, SegmentRecurrenceResult> {
  const { vocabulary, embeddingWidth, cutoffs, widthDivisor, tiedTables: _, tiedProjections: __, ignoreIndex: ___, ...layers } = config;
  const embedding = adaptiveEmbedding({ vocabulary, width: config.width, embeddingWidth, cutoffs, widthDivisor });
  return segmentRecurrence({ ...layers, embedding });
}

/** @param name whom errors name */
export function modelOf(name: string, config: XlLanguageModelConfig): XlLanguageModel {
  requireKnown(name, config, names);
  const { vocabulary, width, embeddingWidth, cutoffs, widthDivisor, tiedTables, tiedProjections, ignoreIndex = ignored } = config;
  const softmax = adaptiveSoftmax({ vocabulary, width, embeddingWidth, cutoffs, widthDivisor, tiedTables, tiedProjections, ignoreIndex });
  const transformer = xlTransformer(config);
  /** What the softmax may be tied to. */
  const table = (parameters: Lens<Tensor>): AdaptiveSoftmaxContext => ({ embedding: parameters.below('transformer.word_emb').record() });
  const parts = { transformer, crit: softmax };
  const losses = defineLayer<XlTargets, SegmentRecurrenceResult, typeof parts, 'embedding'>({
    name,
    parts,
    provides: ['embedding'],
    check(whom, x, { targets }) {
      transformer.check(whom, x, {});
      checkTargets(whom, x.shape, targets);
    },
    run({ parts, parameters }, x) {
      const { hidden, hiddenStates } = parts.transformer.all(x);
      return { hidden: parts.crit(hidden, table(parameters)), state: {}, ...(hiddenStates === undefined ? {} : { hiddenStates }) };
    },
  });
  const probabilityParts = { transformer, crit: softmax.logProbabilities };
  const logProbabilities = defineLayer<NextTokenContext, SegmentRecurrenceResult, typeof probabilityParts, 'embedding'>({
    name: `${name}.logProbabilities`,
    parts: probabilityParts,
    reads: [logitsToKeepName],
    provides: ['embedding'],
    check: transformer.check,
    checkContext: requireLogitsToKeep,
    run({ parts, parameters }, x, context) {
      const { hidden, hiddenStates } = parts.transformer.all(x);
      return {
        hidden: parts.crit(keptTokens(hidden, context), table(parameters)),
        state: {},
        ...(hiddenStates === undefined ? {} : { hiddenStates }),
      };
    },
  });
  // Its targets are made of the labels, so that the softmax has none when the context is checked.
  const lossParts = { transformer, crit: stamped({ ...softmax, checkContext: () => {} }) };
  const loss = defineLayer<Labels, StatefulResult, typeof lossParts, 'embedding' | 'targets'>({
    name: `${name}.loss`,
    parts: lossParts,
    reads: ['labels'],
    provides: ['embedding', 'targets'],
    check(whom, x, { labels }) {
      transformer.check(whom, x, {});
      dims(whom, { labels: [labels, `${x.shape.join(' ')}:int32`] });
    },
    checkContext: (whom, { labels }) => void requireContext(whom, 'labels', labels, 'int32 [b, n], −100 where there is no loss'),
    run({ parts, parameters }, x, { labels }) {
      const targets = nextTokenLabels(labels, ignoreIndex);
      const found = parts.crit(parts.transformer(x), { ...table(parameters), targets });
      return { hidden: div(sum(found), sum(cast(notEqual(targets, ignoreIndex), 'float32'))), state: {} };
    },
  });
  return stamped({ ...losses, logProbabilities, loss }) as object as XlLanguageModel;
}

function checkTargets(whom: string, [batch = 0, length = 0]: readonly number[], targets: ArrayLike<number> | Tensor): void {
  if (!isList(targets)) return void dims(whom, { targets: [targets as Tensor, `${batch} ${length}:int32`] });
  if (targets.length === batch * length) return;
  throw new ShapeError({
    caller: whom,
    problem: 'there must be one target for each token.',
    expected: `${batch * length} numbers, one for each of [${batch}, ${length}]`,
    got: `${targets.length}`,
    remedy: 'give the token that follows each one, −100 where none counts.',
  });
}

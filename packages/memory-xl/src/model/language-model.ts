import { defineLayer, dims, type Layer, type LayerContext, type Lens, type StatefulResult } from '@longspan/core-tensor';
import { inNameOf, requireKnown, stamped } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  checkedMemories,
  type SegmentRecurrenceConfig,
  type SegmentRecurrenceContext,
  segmentRecurrenceNames,
  stackOf,
} from '../memory/segment-recurrence.ts';
import { adaptiveEmbedding } from '../vocabulary/adaptive-embedding.ts';
import { type AdaptiveSoftmaxConfig, type AdaptiveSoftmaxContext, adaptiveSoftmax, checkTargets } from '../vocabulary/adaptive-softmax.ts';
import { clusterNames } from '../vocabulary/clusters.ts';

export interface XlLanguageModelConfig extends SegmentRecurrenceConfig, AdaptiveSoftmaxConfig {}

export interface XlTargets extends LayerContext {
  /**
   * The token that follows each one of x, row by row, b · n numbers of the host or int32 [b, n] (see `adaptiveSoftmax`); −100 where none
   * counts.
   */
  readonly targets: ArrayLike<number> | Tensor;
}

/** The model of losses, and of all probabilities where they are wanted. */
export interface XlLanguageModel extends Layer<XlTargets, StatefulResult> {
  /** log p of every token as the next one, hidden [b, n, vocabulary], by the same parameters and with the same state. */
  readonly logProbabilities: Layer<LayerContext, StatefulResult>;
}

const caller = 'xlLanguageModel';

/**
 * Transformer-XL as a language model: adaptive embedding, layers with segment recurrence, adaptive softmax. Parameters as in Hugging
 * Face: `transformer.word_emb.*`, `transformer.layers.i.*`, `crit.*`, where what is tied stands once, in the embedding.
 * It reads no config files and no checkpoints of other libraries.
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
export const xlLanguageModel = (config: XlLanguageModelConfig): XlLanguageModel => inNameOf(caller, () => modelOf(config));

function modelOf(config: XlLanguageModelConfig): XlLanguageModel {
  requireKnown(caller, config, {
    ...segmentRecurrenceNames,
    ...clusterNames,
    tiedTables: 'flag',
    tiedProjections: 'list',
    ignoreIndex: true,
  });
  const { vocabulary, width, embeddingWidth, cutoffs, widthDivisor, tiedTables, tiedProjections, ignoreIndex } = config;
  const sizes = { vocabulary, width, embeddingWidth, cutoffs, widthDivisor };
  const embedding = adaptiveEmbedding(sizes);
  const softmax = adaptiveSoftmax({ ...sizes, tiedTables, tiedProjections, ignoreIndex });
  const transformer = xlTransformer(config, embedding);
  /** What the softmax may be tied to. */
  const table = (parameters: Lens<Tensor>): AdaptiveSoftmaxContext => ({ embedding: parameters.below('transformer.word_emb').record() });
  const parts = { transformer, crit: softmax };
  const losses = defineLayer<XlTargets, StatefulResult, typeof parts, 'embedding'>({
    name: caller,
    parts,
    provides: ['embedding'],
    check(name: string, x: Tensor, { targets }: XlTargets) {
      transformer.check(name, x, {});
      checkTargets(name, x.shape, targets);
    },
    run: ({ parts, parameters }, x: Tensor): StatefulResult => ({
      hidden: parts.crit(parts.transformer(x), table(parameters)),
      state: {},
    }),
  });
  const logProbabilities = defineLayer({
    name: `${caller}.logProbabilities`,
    parts: { transformer, crit: softmax.logProbabilities },
    provides: ['embedding'],
    check: transformer.check,
    run: ({ parts, parameters }, x: Tensor): StatefulResult => ({ hidden: parts.crit(parts.transformer(x), table(parameters)), state: {} }),
  });
  return stamped({ ...losses, logProbabilities });
}

/** The embedding and the layers, whose names stand side by side. */
function xlTransformer(config: XlLanguageModelConfig, embedding: Layer): Layer<SegmentRecurrenceContext, StatefulResult> {
  const recurrence = stackOf(config);
  return defineLayer({
    name: 'transformer',
    spec: recurrence.spec,
    parts: { word_emb: embedding },
    reads: recurrence.reads,
    states: recurrence.states,
    attentions: recurrence.attentions,
    checkContext: recurrence.checkContext,
    check: (name, x) => void dims(name, { x: [x, 'b n:int32'] }),
    run({ caller, parts, ...scope }, x: Tensor, context: SegmentRecurrenceContext) {
      // Before the first operation: what a throw leaves behind under a tape is lost.
      checkedMemories(caller, scope.state, { layers: config.layers, batch: x.shape[0] as number, width: config.width });
      return recurrence.run(scope, parts.word_emb(x), context);
    },
  });
}

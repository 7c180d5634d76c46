import { contextOf, dims, type Key, type Layer, type LayerContext, type Parameters, prefixed, scoped } from '@longspan/core-tensor';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { SegmentMemory } from '../memory/segment-memory.ts';
import { type SegmentRecurrenceConfig, segmentRecurrence } from '../memory/segment-recurrence.ts';
import { adaptiveEmbedding } from '../vocabulary/adaptive-embedding.ts';
import { type AdaptiveSoftmaxConfig, adaptiveSoftmax } from '../vocabulary/adaptive-softmax.ts';

export interface XlLanguageModelConfig extends SegmentRecurrenceConfig, AdaptiveSoftmaxConfig {}

export interface XlTokens {
  /** Int32 [b, n] */
  readonly tokens: Tensor;
  /** What the model returned for the segment before; the empty memory when absent. */
  readonly memory?: SegmentMemory | undefined;
}

export interface XlTargets extends XlTokens {
  /** The token that follows each of `tokens`, row by row, b · n numbers of the host; −100 where none counts. */
  readonly targets: ArrayLike<number>;
}

export interface XlLosses {
  /** [b, n], nats; 0 where the target does not count. */
  readonly losses: Tensor;
  readonly memory: SegmentMemory;
}

/** The model: apply gives each token's loss and the next memory. */
export interface XlLanguageModel extends Layer<XlTargets, XlLosses> {
  /** log p of every token as the next one, [b, n, vocabulary]. */
  logProbabilities(parameters: Parameters, inputs: XlTokens): { readonly logProbabilities: Tensor; readonly memory: SegmentMemory };
}

const caller = 'xlLanguageModel';

/**
 * Transformer-XL as a language model: adaptive embedding, layers with segment recurrence, adaptive softmax. Parameters as in Hugging
 * Face: `transformer.word_emb.*`, `transformer.layers.i.*`, `crit.*`, where what is tied stands once, in the embedding.
 * Config files and checkpoints are the matter of @longspan/models.
 * @shape inputs.tokens int32 [b, n], inputs.targets b · n numbers; returns losses [b, n] and the next memory
 * @throws ConfigError when the sizes do not fit each other; apply: ShapeError, ConfigError when an input does not fit
 * @cost that of its parts; the same for each segment, however long the text
 * @source Dai et al. 2019 (arXiv 1901.02860); TransfoXLLMHeadModel of Hugging Face transformers 4.57
 * @example
 * const sizes = { vocabulary: 9, width: 4, cutoffs: [6], layers: 2, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 3 };
 * const model = xlLanguageModel({ ...sizes, tieTables: true });
 * const parameters = model.init(createKey(0));
 * const { losses, memory } = model.apply(parameters, { tokens: tensor2d([[1, 8, 2]], [1, 3], 'int32'), targets: [8, 2, 5] });
 * [losses.shape, memory.lengths]; // => [[1, 3], [3]]
 */
export function xlLanguageModel(config: XlLanguageModelConfig): XlLanguageModel {
  const embedding = adaptiveEmbedding(config);
  const recurrence = segmentRecurrence(config);
  const softmax = adaptiveSoftmax(config);

  /** Refuses what does not fit, then runs: a throw under a gradient tape would lose what was made before it. */
  const run = (
    parameters: Parameters,
    { tokens, memory, targets }: XlTokens & Partial<XlTargets>,
    score: (crit: Parameters, hidden: Tensor) => Tensor,
    context?: LayerContext,
  ): { readonly scores: Tensor; readonly memory: SegmentMemory } => {
    const { b, n } = dims(caller, { tokens: [tokens, 'b n:int32'] });
    const transformer = scoped(parameters, 'transformer');
    const table = scoped(transformer, 'word_emb');
    const crit = softmax.tie(scoped(parameters, 'crit'), table);
    const inner = contextOf(context, 'transformer');
    recurrence.check(transformer, b, memory, inner);
    softmax.check(crit, [b, n], targets);
    const { scores, layers, lengths } = tidy(() => {
      const { hidden, memory: next } = recurrence.apply(transformer, { hidden: embedding.apply(table, tokens), memory }, inner);
      return { scores: score(crit, hidden), layers: [...next.layers], lengths: [...next.lengths] };
    });
    return { scores, memory: { layers, lengths } };
  };

  return {
    init: (key: Key): Parameters => ({
      ...prefixed('transformer.word_emb', embedding.init(key.fold('transformer.word_emb'))),
      ...prefixed('transformer', recurrence.init(key.fold('transformer'))),
      ...prefixed('crit', softmax.init(key.fold('crit'))),
    }),
    apply(parameters: Parameters, { targets, ...inputs }: XlTargets, context?: LayerContext): XlLosses {
      const all = { ...inputs, targets };
      const { scores, memory } = run(parameters, all, (crit, hidden) => softmax.apply(crit, { hidden, targets }), context);
      return { losses: scores, memory };
    },
    logProbabilities(parameters: Parameters, inputs: XlTokens) {
      const { scores, memory } = run(parameters, inputs, softmax.logProbabilities);
      return { logProbabilities: scores, memory };
    },
  };
}

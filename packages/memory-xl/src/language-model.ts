import { contextOf, dims, type Key, type Layer, type LayerContext, type Parameters, prefixed, scoped } from '@longspan/core-tensor';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { adaptiveEmbedding } from './adaptive-embedding.ts';
import { type AdaptiveSoftmaxConfig, adaptiveSoftmax } from './adaptive-softmax.ts';
import type { SegmentMemory } from './segment-memory.ts';
import { type SegmentRecurrenceConfig, segmentRecurrence } from './segment-recurrence.ts';

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

const door = 'xlLanguageModel';

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

  const run = (parameters: Parameters, { tokens, memory }: XlTokens, context?: LayerContext) => {
    const transformer = scoped(parameters, 'transformer');
    const hidden = embedding.apply(scoped(transformer, 'word_emb'), tokens);
    return recurrence.apply(transformer, { hidden, memory }, contextOf(context, 'transformer'));
  };
  const criterion = (parameters: Parameters): Parameters =>
    softmax.tie(scoped(parameters, 'crit'), scoped(parameters, 'transformer.word_emb'));
  /** In a tidy, but with a memory that is no tensor container by its type. */
  const scored = (run: () => { readonly scores: Tensor; readonly memory: SegmentMemory }) => {
    const { scores, layers, lengths } = tidy(() => {
      const { scores, memory } = run();
      return { scores, layers: [...memory.layers], lengths: [...memory.lengths] };
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
      dims(door, { tokens: [inputs.tokens, 'b n:int32'] });
      const crit = criterion(parameters);
      const { scores, memory } = scored(() => {
        const { hidden, memory } = run(parameters, inputs, context);
        return { scores: softmax.apply(crit, { hidden, targets }), memory };
      });
      return { losses: scores, memory };
    },
    logProbabilities(parameters: Parameters, inputs: XlTokens) {
      dims(door, { tokens: [inputs.tokens, 'b n:int32'] });
      const crit = criterion(parameters);
      const { scores, memory } = scored(() => {
        const { hidden, memory } = run(parameters, inputs);
        return { scores: softmax.logProbabilities(crit, hidden), memory };
      });
      return { logProbabilities: scores, memory };
    },
  };
}

import {
  axialPositions,
  defineLayer,
  dims,
  dropout,
  embedding,
  type Layer,
  type LayerOutput,
  type LayerResult,
  layerNorm,
  learnedPositions,
  paddingOfLengths,
  padding as paddingOfRows,
  type StatefulResult,
} from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { requireQueries } from '@longspan/core-tensor/kernel';
import { attentionOf, checkPadding, stateCount } from '@longspan/core-tensor/layer';
import { duplicateStreams, plainSequence, type ReversibleBlock, reversibleSequence } from '@longspan/reversible';
import { add, pad, slice, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import type { ConfigJson } from '../../config/read-config.ts';
import { warnOnce } from '../../encoder/warn-once.ts';
import { giving } from '../../head/next-tokens.ts';
import { type WrapOptions, wrapOptionNames } from '../../pretrained/family.ts';
import { commonChunk, type ReformerConfig, reformerConfig, shortestChunk } from './config.ts';
import { attentionBranch, feedForwardBranch, type ReformerLayerContext } from './layer.ts';

export interface ReformerContext extends ReformerLayerContext {
  /** Whether the output holds the second stream before each layer and after the last; false by default. */
  readonly hiddenStates?: boolean | undefined;
}

/** What a Reformer gives. All tensors belong to the caller. */
export interface ReformerOutput extends StatefulResult {
  /** [b, n, 2 · hiddenSize]: both streams after the last layer, normed. */
  readonly hidden: Tensor;
  /** [b, n, hiddenSize] each: the second stream before each layer and after the last, where context.hiddenStates asks for them. */
  readonly hiddenStates?: readonly Tensor[];
}

/** No blockSize: its chunks are the blocks of its attention. */
export interface ReformerOptions extends WrapOptions {
  /** After how many layers the streams are kept in training, which bounds the rounding of what is rebuilt; after the last alone by default. */
  readonly keepEvery?: number | undefined;
  /**
   * Whether keys, values and buckets are state, so that a call goes on where the last one ended: for texts that are written. Needs isDecoder
   * and, with LSH layers, numBuckets. False by default.
   */
  readonly cache?: boolean | undefined;
}

/**
 * Reformer: reversible layers that attend in chunks, or among tokens that hash alike. Parameters as in Hugging Face's ReformerModel.
 * Context: `padding`, `rounds`, `layerRotations`, `hiddenStates`, `state`. The state holds the buckets of each LSH layer
 * (`encoder.layers.i.attention.self_attention.buckets`): handed back, they are used again instead of hashing.
 *
 * Of any length up to the table of positions: beyond the shortest chunk a text is filled up to whole chunks of all layers, which nobody
 * attends to, and cut back, in training too. A layer whose chunk holds the whole text attends in full, as in Hugging Face: `explain` of the family says
 * so, and it is warned of once.
 * @shape ids int32 [b, n] -> hidden [b, n, 2 · hiddenSize]
 * @throws ConfigError when a size does not fit; apply: ConfigError for a text longer than the table of positions
 * @cost O(n · chunkLength · headDim) for each head, layer and hashing round; in training the memory of one layer's activations, at any depth
 * @source Kitaev et al. 2020 (arXiv 2001.04451); ReformerModel of Hugging Face transformers 4.57
 * @example
 * const sizes = { vocabSize: 9, hiddenSize: 8, numAttentionHeads: 2, attentionHeadSize: 4, feedForwardSize: 12, axialPosShape: [4, 4] };
 * const chunks = { localAttnChunkLength: 4, lshAttnChunkLength: 4, axialPosEmbdsDim: [3, 5], attnLayers: ['local', 'lsh'] };
 * const model = reformerModel({ ...sizes, ...chunks, isDecoder: true });
 * const { hidden, state } = model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3, 4, 5, 6]], [1, 6], 'int32'));
 * [hidden.shape, state['encoder.layers.1.attention.self_attention.buckets'].shape]; // => [[1, 6, 16], [1, 2, 1, 8]]
 */
export const reformerModel = (
  config: ConfigJson | Partial<ReformerConfig>,
  options: ReformerOptions = {},
): Layer<ReformerContext, ReformerOutput> => inNameOf('reformerModel', () => modelOf('reformerModel', reformerConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: ReformerConfig, options: ReformerOptions): Layer<ReformerContext, ReformerOutput> {
  requireKnown(name, options, { ...wrapOptionNames, keepEvery: true, cache: 'flag' });
  const { wrapLayer = (layer) => layer, keepEvery, cache = false } = options;
  if (keepEvery !== undefined) requireInteger(name, { keepEvery }, 1);
  const { hiddenSize: width, hiddenDropoutProb: rate, axialPosEmbds: isAxial } = config;
  const blocks = config.attnLayers.map(
    (_, at): ReversibleBlock => ({
      attention: wrapLayer(attentionBranch(config, at, cache)),
      feed_forward: wrapLayer(feedForwardBranch(config)),
    }),
  );
  const sequence = reversibleSequence(blocks, keepEvery === undefined ? {} : { keepEvery });
  const plain = plainSequence(blocks);
  const layers = defineLayer<ReformerContext, LayerResult & { readonly streams?: readonly Tensor[] }>({
    name,
    spec: sequence.spec,
    reads: [...sequence.reads, 'hiddenStates'],
    states: sequence.states,
    replays: sequence.replays,
    attentions: plain.attentions,
    checkContext: (caller, context) => sequence.checkContext(caller, context as never),
    run({ parameters, state }, x, { hiddenStates, ...context }) {
      const run = (of: Layer<never, LayerOutput>): LayerResult => {
        const found = of.run({ parameters, state }, x, context as never) as object;
        return ('hidden' in found ? found : { hidden: found }) as LayerResult;
      };
      // A plain sequence keeps the rows of attention, which a reversible one has no place for.
      const rows = context.attentionWeights === undefined ? undefined : run(plain);
      if (rows !== undefined && hiddenStates !== true) return rows;
      return { ...run(hiddenStates === true ? sequence.streams : sequence), ...(rows && attentionOf(rows)) };
    },
  });
  const positions = isAxial ? 'embeddings.position_embeddings' : 'embeddings.position_embeddings.embedding';
  const parts = {
    'embeddings.word_embeddings': embedding({ vocabulary: config.vocabSize, width, standardDeviation: config.initializerRange }),
    [positions]: isAxial
      ? axialPositions({ shape: config.axialPosShape, widths: config.axialPosEmbdsDim, standardDeviation: config.axialNormStd })
      : learnedPositions({ length: config.maxPositionEmbeddings, width, standardDeviation: config.initializerRange }),
    'encoder.layers': layers,
    'encoder.layer_norm': layerNorm({ width: 2 * width, epsilon: config.layerNormEps }),
    duplicate: duplicateStreams(),
    wordDropout: dropout({ rate }),
    positionDropout: dropout({ rate }),
    outputDropout: dropout({ rate }),
  };
  const [shortest, common] = [shortestChunk(config), commonChunk(config)];
  const model = defineLayer<ReformerContext & { readonly position?: number }, LayerResult, typeof parts, 'position'>({
    name,
    parts,
    reads: ['padding'],
    provides: ['position'],
    checkContext(caller, { hiddenStates }) {
      if (hiddenStates !== undefined) requireKind(caller, 'context.hiddenStates', hiddenStates, 'flag');
    },
    check(caller, ids, { padding }) {
      const { b, n } = dims(caller, { ids: [ids, 'b n:int32'] });
      if (cache) return;
      checkPadding(caller, padding, { batch: b, length: n });
      requirePositions(caller, n, config);
    },
    run({ caller, parts, state }, ids, { padding, hiddenStates, training, attentionWeights }) {
      const [batch, length] = ids.shape as [number, number];
      if (attentionWeights !== undefined) requireQueries(caller, attentionWeights.queries, length);
      const position = cache ? stateCount(state, 'encoder.layers.0.attention.self_attention.position') : 0;
      if (cache) requirePositions(caller, position + length, config);
      const filled = cache || length <= shortest ? length : Math.ceil(length / common) * common;
      if (!cache && length <= longestShort(config)) warnOnce(shortTexts(config));
      const words = parts['embeddings.word_embeddings'](ids);
      const place = parts[positions] as (x: Tensor, context: { readonly position: number }) => Tensor;
      const drops = rate > 0 && training === true;
      const embedded = drops
        ? add(parts.wordDropout(words), parts.positionDropout(place(zerosLike(words), { position })))
        : place(words, { position });
      const missing = filled - length;
      const whole = missing === 0 ? embedded : filledUp(embedded, missing);
      const context: Partial<ReformerContext> = missing === 0 ? {} : { padding: filledPadding(padding, { batch, length, filled }) };
      const { hidden, streams } = parts['encoder.layers'].all(parts.duplicate(whole), context);
      const cut = (x: Tensor): Tensor => (missing === 0 ? x : slice(x, [0, 0, 0], [batch, length, -1]));
      const normed = parts['encoder.layer_norm'](cut(hidden));
      return {
        hidden: drops ? parts.outputDropout(normed) : normed,
        ...(hiddenStates === true
          ? { hiddenStates: (streams ?? []).map((each) => slice(each, [0, 0, width], [batch, length, width])) }
          : {}),
        state: {},
      };
    },
  }) as object as Layer<ReformerContext, ReformerOutput>;
  return giving('hidden states', model);
}

/** x [b, n, width] and so many tokens of zeros. */
const filledUp = (x: Tensor, missing: number): Tensor =>
  pad(x, [
    [0, 0],
    [0, missing],
    [0, 0],
  ]);

/** The padding of a text that was filled up; what fills it up is padding too. */
function filledPadding(
  given: ReformerContext['padding'],
  { batch, length, filled }: { readonly batch: number; readonly length: number; readonly filled: number },
) {
  if (given === undefined) return paddingOfLengths(new Array<number>(batch).fill(length), filled);
  const row = (at: number): Uint8Array =>
    Uint8Array.from({ length: filled }, (_, token) => (token < length && given.isToken(at, token) ? 1 : 0));
  return paddingOfRows(Array.from({ length: batch }, (_, at) => row(at)));
}

/** Tokens up to which some layer attends in full. */
export const longestShort = (config: ReformerConfig): number =>
  Math.max(...config.attnLayers.map((kind) => (kind === 'lsh' ? config.lshAttnChunkLength : config.localAttnChunkLength)));

/** What is said of the switch. */
export const shortTexts = ({ lshAttnChunkLength, localAttnChunkLength }: ReformerConfig): string =>
  `Reformer's layers attend in full to texts within one chunk (lsh ${lshAttnChunkLength}, local ${localAttnChunkLength} tokens) and hash or cut into chunks beyond it, as in Hugging Face.`;

function requirePositions(
  caller: string,
  length: number,
  { axialPosEmbds, axialPosShape: [rows, columns], maxPositionEmbeddings }: ReformerConfig,
): void {
  const most = axialPosEmbds ? Math.min(rows * columns, maxPositionEmbeddings) : maxPositionEmbeddings;
  if (length <= most) return;
  throw new ConfigError({
    caller,
    problem: 'every token must have a position.',
    expected: `at most ${most} tokens  (${axialPosEmbds ? 'axial_pos_shape and max_position_embeddings' : 'max_position_embeddings'})`,
    got: `${length} tokens`,
    remedy: `read the text in windows of at most ${most} tokens, or train a model with a larger axial_pos_shape.`,
  });
}

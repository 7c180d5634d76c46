import { type Draw, dims, type LayerContext, type Padding, type RotaryOptions, relativeDistanceBuckets } from '@longspan/core-tensor';
import {
  ConfigError,
  inNameOf,
  owned,
  requireHeads,
  requireInteger,
  requireKind,
  requireKnown,
  requireScale,
  ShapeError,
} from '@longspan/core-tensor/error';
import { checkPadding, requireDraw, requireRate, requireRotary } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requireMask } from '../../mask/algebra/require-mask.ts';
import type { Mask } from '../../mask/index.ts';
import { type Tokens, tokensOf } from '../tokens.ts';
import type { RelativeBias } from './position-terms.ts';

/** What the four linear layers are called, as in a checkpoint. */
export interface ProjectionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
}

/** Names of the linear layers, or of one that makes queries, keys and values in turn (`together`: Wqkv). */
export interface AttentionNames extends Partial<ProjectionNames> {
  readonly together?: string | undefined;
}

/** Of self-attention both are the end of x, counted from the start of its sequence. */
export interface AttentionLengths {
  readonly queryLength: number;
  readonly keyLength: number;
}

export interface MultiHeadAttentionConfig {
  /** Features of a token of x. */
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values, each shared by heads / keyHeads heads of queries; as many as heads by default. */
  readonly keyHeads?: number | undefined;
  /** width / heads by default. */
  readonly headDim?: number | undefined;
  /** Which keys each query attends to: an expression, or a function that makes one for the lengths at hand; all of them by default. */
  readonly mask?: Mask | ((lengths: AttentionLengths) => Mask) | undefined;
  /** Tokens along each side of a block of the layout; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
  /** Whether the linear layers add a bias; true by default. */
  readonly bias?: boolean | undefined;
  /** Whether a linear layer brings the heads back to width; true by default. */
  readonly output?: boolean | undefined;
  /** query, key, value and output by default. */
  readonly names?: AttentionNames | undefined;
  /** How weights are drawn; as `linear` draws them by default. */
  readonly draw?: Draw | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default, 1 in T5. */
  readonly scale?: number | undefined;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** Queries and keys are turned by their positions. */
  readonly rotary?: RotaryOptions | undefined;
  /** Scores get a learned bias by distance. */
  readonly relativeBias?: RelativeBias | undefined;
  /** Scores fall with the distance, by `alibiSlopes(heads)`; false by default. */
  readonly alibi?: boolean | undefined;
  /** Keys and values come from `context.encoder`; false by default. */
  readonly cross?: boolean | undefined;
  /** Features of a token of the encoder; width by default. */
  readonly keyWidth?: number | undefined;
  /** Keys and values go on from call to call as state; false by default. */
  readonly cache?: boolean | undefined;
}

export interface SelfAttentionContext extends LayerContext {
  /** Which tokens are padding; with a cache of all tokens so far, those of x at their end. */
  readonly padding?: Padding | undefined;
  /**
   * Padding that only a tensor knows of, such as a second input of a tf.layers model: the number of tokens that each row begins with,
   * [b] or [b, 1]. Blocks of padding are visited and their scores masked; `padding`, which is data of the host, skips them.
   */
  readonly lengths?: Tensor | undefined;
  /** The position of x's first token in its sequence; 0 by default, or where the cache ends. */
  readonly position?: number | undefined;
  /** The table [buckets, heads] of another layer, where `relativeBias.shared` asks for it. */
  readonly relativeBias?: Tensor | undefined;
  /**
   * Which of the keys that the layer's own mask shows this call leaves visible: `documents(ids)` where several texts are packed into a row.
   * Made once and handed to all layers, whose layouts are cached by it. Not with a cache.
   */
  readonly mask?: Mask | undefined;
}

/** What an encoder made, for the layers of a decoder to attend to. */
export interface EncoderStates {
  /** [b, nk, keyWidth] */
  readonly hidden: Tensor;
  readonly padding?: Padding | undefined;
}

export interface CrossAttentionContext extends LayerContext {
  readonly encoder: EncoderStates;
}

/** The names of both; which of them a layer reads depends on `cross`. */
export type AttentionContext = SelfAttentionContext & Partial<CrossAttentionContext>;

type Defaulted = 'keyHeads' | 'headDim' | 'attentionDropout' | 'cross' | 'cache' | 'bias' | 'output' | 'keyWidth' | 'names';

/** The config with its defaults. */
export interface Settings extends Omit<MultiHeadAttentionConfig, Defaulted> {
  readonly keyHeads: number;
  readonly headDim: number;
  readonly attentionDropout: number;
  readonly cross: boolean;
  readonly cache: boolean;
  readonly bias: boolean;
  readonly output: boolean;
  readonly keyWidth: number;
  readonly names: ProjectionNames & Pick<AttentionNames, 'together'>;
}

/** Throws where the config contradicts itself. */
export function settingsOf(caller: string, config: MultiHeadAttentionConfig): Settings {
  const { width, heads, keyHeads = heads, attentionDropout = 0, cross = false, cache = false } = config;
  if (config.headDim === undefined) requireHeads(caller, { width, heads });
  const headDim = config.headDim ?? width / heads;
  requireInteger(caller, { width, heads, keyHeads, headDim, keyWidth: config.keyWidth ?? width, blockSize: config.blockSize ?? 64 }, 1);
  requireRate(caller, 'attentionDropout', attentionDropout);
  requireScale(caller, config.scale);
  requireDraw(caller, config.draw);
  if (typeof config.mask !== 'function' && config.mask !== undefined) requireMask(caller, 'mask', config.mask);
  if (config.rotary !== undefined) {
    requireKind(caller, 'rotary', config.rotary, 'record');
    requireRotary(caller, headDim, config.rotary);
  }
  if (config.relativeBias !== undefined) requireRelativeBias(caller, config.relativeBias);
  if (config.names !== undefined)
    requireKnown(`${caller} names`, config.names, { query: 'text', key: 'text', value: 'text', output: 'text', together: 'text' });
  const wrong = (problem: string, expected: string, got: string, remedy: string) =>
    new ConfigError({ caller, problem, expected, got, remedy });
  if (heads % keyHeads !== 0) {
    throw wrong(
      'heads must be a multiple of keyHeads.',
      `a number of key heads that divides ${heads}`,
      `heads ${heads}, keyHeads ${keyHeads}`,
      `use keyHeads: ${heads} for keys of each head's own, 1 for keys that all share.`,
    );
  }
  const byPosition = (['rotary', 'relativeBias', 'alibi'] as const).filter((name) => config[name] !== undefined && config[name] !== false);
  if (cross && byPosition.length > 0) {
    throw wrong(
      'rotary, relativeBias and alibi must be left out of cross attention.',
      'cross: true without them',
      byPosition.join(', '),
      'between two sequences there are no distances: give queries and keys their positions before the layer.',
    );
  }
  if (!cross && config.keyWidth !== undefined && config.keyWidth !== width) {
    throw wrong(
      'keyWidth must be width unless the layer is one of cross attention.',
      `keyWidth ${width} (width), or cross: true`,
      `keyWidth ${config.keyWidth}`,
      'leave keyWidth out: the keys are made from x.',
    );
  }
  if (cross && config.names?.together !== undefined) {
    throw wrong(
      'names.together must be left out of cross attention.',
      'cross: true with names of query, key and value',
      `together: ${config.names.together}`,
      'keys and values are made of the encoder, queries of x.',
    );
  }
  if (cache && !cross && typeof config.mask === 'function') {
    throw wrong(
      'the mask of a layer with a cache must be an expression, for what is kept follows from it.',
      'mask: slidingWindow({ left: 256, right: 0 })',
      'a function of lengths',
      'give the mask itself.',
    );
  }
  return {
    ...owned(config),
    keyHeads,
    headDim,
    attentionDropout,
    cross,
    cache,
    bias: config.bias ?? true,
    output: config.output ?? true,
    keyWidth: config.keyWidth ?? width,
    names: { query: 'query', key: 'key', value: 'value', output: 'output', ...config.names },
  };
}

export interface Sizes extends Tokens {
  readonly keyLength: number;
}

/** Throws unless x and the encoder's states fit the layer and each other. */
export function sizesOf(
  caller: string,
  { width, heads, keyWidth, relativeBias, cross }: Settings,
  x: Tensor,
  context: AttentionContext,
): Sizes {
  const tokens = tokensOf(caller, 'x', x, width);
  const { relativeBias: table } = context;
  const encoder = cross ? context.encoder : undefined;
  if (relativeBias?.shared) dims(caller, { 'context.relativeBias': [table as Tensor, '...:float32'] });
  if (relativeBias?.shared && table?.shape.join() !== `${relativeBias.buckets},${heads}`) {
    throw new ShapeError({
      caller,
      problem: 'context.relativeBias must have one row for each bucket and one column for each head.',
      expected: `[${relativeBias.buckets}, ${heads}]`,
      got: `[${table?.shape.join(', ')}]`,
      remedy: 'hand on the table of the layer that holds it.',
    });
  }
  if (context.lengths !== undefined) dims(caller, { 'context.lengths': [context.lengths, '...'] });
  if (context.lengths !== undefined && context.lengths.size !== tokens.batch) {
    throw new ShapeError({
      caller,
      problem: 'context.lengths must have one length for each batch row.',
      expected: `[${tokens.batch}] or [${tokens.batch}, 1]  (set by x)`,
      got: `[${context.lengths.shape.join(', ')}]`,
      remedy: 'give the number of tokens that each row begins with.',
    });
  }
  if (encoder === undefined) return { ...tokens, keyLength: tokens.length };
  const { batch, length } = tokensOf(caller, 'context.encoder.hidden', encoder.hidden, keyWidth);
  if (batch !== tokens.batch) {
    throw new ShapeError({
      caller,
      problem: 'x and context.encoder.hidden must have the same batch size.',
      expected: `${tokens.batch} batch rows  (set by x)`,
      got: `${batch}`,
      remedy: 'repeat the encoder states for each row of x.',
    });
  }
  checkPadding(caller, encoder.padding, { batch, length });
  return { ...tokens, keyLength: length };
}

function requireRelativeBias(caller: string, bias: RelativeBias): void {
  requireKnown(`${caller} relativeBias`, bias, { buckets: true, maxDistance: true, bidirectional: 'flag', name: 'text', shared: 'flag' });
  const { buckets, maxDistance, bidirectional } = bias;
  inNameOf(caller, () => relativeDistanceBuckets({ buckets, maxDistance, bidirectional }));
}

import {
  createKey,
  defineLayer,
  dims,
  type Key,
  type Layer,
  linear,
  mergeHeads,
  type StatefulResult,
  splitHeads,
} from '@longspan/core-tensor';
import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { attentionDropoutTerms, dropoutKey, requireRate, transformerDraw } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type HashedBy, hashedAttention } from '../attention/hashed-attention.ts';
import { wholeChunks } from '../attention/whole-chunks.ts';
import { type BucketCount, bucketCountFor, factorsOf } from '../hash/bucket-count.ts';
import { requireDirections } from '../hash/hash-buckets.ts';
import { drawRotations } from '../hash/rotations.ts';
import { tokenMarks } from '../hash/token-marks.ts';
import { checkTokens, cropped, filledUp, type HeadSizes, headDimOf, type PaddingContext } from './tokens.ts';

export interface ReformerAttentionConfig extends HeadSizes {
  /** Tokens in a chunk (HF `lsh_attn_chunk_length`). */
  readonly chunkLength: number;
  /** Chunks before its own that a chunk attends to; 1 by default. */
  readonly chunksBefore?: number | undefined;
  /** Chunks after its own that a chunk attends to; 0 by default. */
  readonly chunksAfter?: number | undefined;
  /** Hashing rounds (HF `num_hashes`); 1 by default. A trained layer may be asked for more: `context.rounds`. */
  readonly rounds?: number | undefined;
  /** Buckets of a round (HF `num_buckets`); 'auto', that of `bucketCountFor`, by default. */
  readonly buckets?: BucketCount | 'auto' | undefined;
  /** The longest sequence that the model knows (HF `max_position_embeddings`), for 'auto'; the length itself by default. */
  readonly maxLength?: number | undefined;
  /** HF `is_decoder`; false by default. */
  readonly causal?: boolean | undefined;
  /** Rate at which attention weights are dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** Hashes alike in every call. Without it the context's key draws the rotations, and one and the same where there is none. */
  readonly hashKey?: Key | undefined;
}

export interface ReformerAttentionContext extends PaddingContext {
  /** Hashing rounds of this call instead of the layer's. */
  readonly rounds?: number | undefined;
  /** Hashes by these instead of drawing: [h, headDim, rounds, directions]. */
  readonly rotations?: Tensor | undefined;
}

const caller = 'reformerAttention';

/**
 * Reformer's attention of tokens that hash alike, with the parameters `query_key.weight` and `value.weight`; no output projection.
 * See `lshAttention` for what a token attends to, and for what causality does not hide.
 *
 * Of any length: beyond one chunk, what fills the last one up is masked as padding is, and cropped again. Its state, `buckets`, is a
 * choice: handed back it is used again instead of hashing, as the backward pass of a reversible stack does.
 * @shape x [b, n, width] -> hidden [b, n, heads · headDim]; state.buckets int32 [b, h, rounds, n filled up to whole chunks], none where
 *   the sequence is no longer than a chunk
 * @throws ConfigError when the options contradict each other; apply: ShapeError, ConfigError when x or the context does not fit
 * @cost that of `lshAttention` and of two linear maps
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2; LSHSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = reformerAttention({ width: 6, heads: 2, chunkLength: 4, rounds: 3, causal: true });
 * const { hidden, state } = layer.apply(layer.init(createKey(1)), uniform(createKey(2), [1, 10, 6]));
 * [hidden.shape, state.buckets.shape]; // => [[1, 10, 6], [1, 2, 3, 12]]
 */
export function reformerAttention(config: ReformerAttentionConfig): Layer<ReformerAttentionContext, StatefulResult> {
  requireKnown(caller, config, {
    chunkLength: true,
    chunksBefore: true,
    chunksAfter: true,
    rounds: true,
    buckets: true,
    maxLength: true,
    causal: 'flag',
    attentionDropout: true,
    hashKey: 'key',
    width: true,
    heads: true,
    headDim: true,
  });
  const { width, heads, chunkLength, chunksBefore = 1, chunksAfter = 0, causal = false, attentionDropout = 0 } = config;
  const headDim = headDimOf(caller, config);
  requireInteger(caller, { chunkLength, rounds: config.rounds ?? 1, maxLength: config.maxLength ?? 1 }, 1);
  requireInteger(caller, { chunksBefore, chunksAfter }, 0);
  requireRate(caller, 'attentionDropout', attentionDropout);
  if (config.buckets !== undefined && config.buckets !== 'auto') factorsOf(caller, config.buckets);
  const projection = () => linear({ inFeatures: width, outFeatures: heads * headDim, bias: false, draw: transformerDraw });

  return defineLayer({
    name: caller,
    parts: { query_key: projection(), value: projection() },
    reads: ['padding', 'rounds', 'rotations'],
    states: ['buckets'],
    replays: ['buckets'],
    checkContext(name, context) {
      if (context.rounds !== undefined) requireInteger(name, { rounds: context.rounds }, 1);
      dims(name, { rotations: [context.rotations, `?${heads} ${headDim} rounds directions:float32`] });
      dropoutKey(name, attentionDropout, context);
    },
    check: (name, x, { padding }) => checkTokens(name, x, width, padding),
    run({ caller, parts, state }, x, context: ReformerAttentionContext) {
      const [batch, length] = x.shape as [number, number];
      const filled = wholeChunks(length, chunkLength);
      const given = state.find('buckets') as Tensor | undefined;
      dims(caller, { buckets: [given, `?${batch} ${heads} rounds ${filled}:int32`] });
      const marks = tokenMarks(caller, context.padding, { batch, length, filled });
      const by = filled <= chunkLength ? undefined : given === undefined ? hashedBy(caller, filled, context) : { buckets: given };
      const whole = filledUp(x, filled);
      const { out, buckets } = hashedAttention(splitHeads(parts.query_key(whole), heads), splitHeads(parts.value(whole), heads), {
        chunkLength,
        chunksBefore,
        chunksAfter,
        causal,
        dropout: attentionDropoutTerms(caller, attentionDropout, context, 'dropout')[0],
        padding: marks,
        by,
      });
      return { hidden: cropped(mergeHeads(out), length), state: buckets === undefined ? {} : { buckets } };
    },
  });

  function hashedBy(caller: string, length: number, { key, rounds = config.rounds ?? 1, rotations }: ReformerAttentionContext): HashedBy {
    const { buckets = 'auto', maxLength } = config;
    const bucketCount = buckets === 'auto' ? bucketCountFor({ length, chunkLength, maxLength }) : buckets;
    const factors = factorsOf(caller, bucketCount);
    if (rotations !== undefined) requireDirections(caller, rotations, factors);
    const hashKey = (config.hashKey ?? key ?? createKey('reformerAttention')).fold('rotations');
    return { factors, rotations: rotations ?? drawRotations(hashKey, { heads, headDim, rounds, buckets: bucketCount }) };
  }
}

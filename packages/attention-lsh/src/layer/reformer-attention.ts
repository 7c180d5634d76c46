import { createKey, type Key, type Layer, type LayerContext, type Parameters, requireRate } from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { dropoutOf } from '../attention/dropout.ts';
import { lshAttention } from '../attention/lsh-attention.ts';
import { type BucketCount, bucketCountFor, factorsOf } from '../hash/bucket-count.ts';
import { drawRotations } from '../hash/rotations.ts';
import type { AttentionMask } from './attention-mask.ts';
import { type HeadSizes, headDimOf, mergedHeads, projection, projectionParameters, tokensOf } from './heads.ts';

export interface ReformerAttentionConfig extends HeadSizes {
  /** Tokens in a chunk (HF `lsh_attn_chunk_length`). */
  readonly chunkLength: number;
  /** Chunks before its own that a chunk sees; 1 when absent. */
  readonly chunksBefore?: number;
  /** Chunks after its own that a chunk sees; 0 when absent. */
  readonly chunksAfter?: number;
  /** Hashing rounds (HF `num_hashes`); 1 when absent. A trained layer may be asked for more: `inputs.rounds`. */
  readonly rounds?: number;
  /** Buckets of a round (HF `num_buckets`); 'auto', that of `bucketCountFor`, when absent. */
  readonly buckets?: BucketCount | 'auto';
  /** The longest sequence that the model knows (HF `max_position_embeddings`), for 'auto'; the length itself when absent. */
  readonly maxLength?: number;
  /** HF `is_decoder`. */
  readonly causal?: boolean;
  /** Share of the attention weights that is dropped while training; 0 when absent. */
  readonly dropout?: number;
  /** Hashes alike in every call. Without it the context's key draws the rotations, and one and the same where there is none. */
  readonly hashKey?: Key;
}

export interface LshInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  readonly attentionMask?: AttentionMask;
  /** Hashing rounds of this call instead of the layer's. */
  readonly rounds?: number;
  /** Hashes by these instead of drawing: [h, headDim, rounds, directions]. */
  readonly rotations?: Tensor;
  /** Buckets of an earlier call, used again instead of hashing: int32 [b, h, rounds, n]. */
  readonly buckets?: Tensor;
}

export interface LshOutputs {
  /** [b, n, heads · headDim] */
  readonly hidden: Tensor;
  /** int32 [b, h, rounds, n]; undefined where the sequence was no longer than a chunk. */
  readonly buckets: Tensor | undefined;
}

const caller = 'reformerAttention';
const names = ['query_key', 'value'];

/**
 * Reformer's attention of tokens that hash alike, with the parameters `query_key.weight` and `value.weight`; no output projection.
 * See `lshAttention` for what a token sees, and for the catch of causality.
 * @shape inputs.hidden [b, n, width], n a multiple of chunkLength or no more than that; outputs.hidden [b, n, heads · headDim]
 * @throws ConfigError when the options contradict each other; apply: ShapeError, ConfigError when an input does not fit
 * @cost that of `lshAttention` and of two linear maps
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2; LSHSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = reformerAttention({ width: 6, heads: 2, chunkLength: 4, rounds: 3, causal: true });
 * const { hidden, buckets } = layer.apply(layer.init(createKey(1)), { hidden: uniform(createKey(2), [1, 12, 6]) });
 * [hidden.shape, buckets.shape]; // => [[1, 12, 6], [1, 2, 3, 12]]
 */
export function reformerAttention(config: ReformerAttentionConfig): Layer<LshInputs, LshOutputs> {
  const { width, heads, chunkLength, chunksBefore = 1, chunksAfter = 0, causal = false, dropout = 0 } = config;
  const sizes = { width, heads, headDim: headDimOf(caller, config) };
  requireInteger(caller, { chunkLength, rounds: config.rounds ?? 1 }, 1);
  requireInteger(caller, { chunksBefore, chunksAfter }, 0);
  requireRate(caller, 'dropout', dropout);
  if (config.buckets !== undefined && config.buckets !== 'auto') factorsOf(caller, config.buckets);

  return {
    init: (key) => projectionParameters(key, names, width, heads * sizes.headDim),
    apply(parameters: Parameters, inputs: LshInputs, context?: LayerContext): LshOutputs {
      const { hidden, attentionMask, rounds = config.rounds ?? 1, buckets: given } = inputs;
      const { length } = tokensOf(caller, hidden, width);
      const dropped = dropoutOf(caller, dropout, context);
      const [queryKey, value] = names.map((name) => projection(caller, parameters, name, sizes)) as [Project, Project];
      const counts = length <= chunkLength || given !== undefined ? undefined : bucketsFor(length);
      const drawn = (buckets: BucketCount): Tensor =>
        drawRotations((config.hashKey ?? context?.key ?? createKey(caller)).fold('rotations'), { ...sizes, rounds, buckets });
      return tidy(() => {
        const { out, buckets } = lshAttention(queryKey(hidden), value(hidden), {
          chunkLength,
          chunksBefore,
          chunksAfter,
          causal,
          ...(attentionMask !== undefined && { attentionMask }),
          ...(dropped !== undefined && { dropout: dropped }),
          ...(given !== undefined && { buckets: given }),
          ...(counts !== undefined && { bucketCount: counts, rotations: inputs.rotations ?? drawn(counts) }),
        });
        return { hidden: mergedHeads(out), buckets };
      });
    },
  };

  function bucketsFor(length: number): BucketCount {
    const { buckets = 'auto', maxLength } = config;
    return buckets === 'auto' ? bucketCountFor({ length, chunkLength, ...(maxLength !== undefined && { maxLength }) }) : buckets;
  }
}

type Project = (hidden: Tensor) => Tensor;

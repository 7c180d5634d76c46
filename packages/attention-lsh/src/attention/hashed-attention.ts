import { chunkBudget } from '@longspan/core-tensor/kernel';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Chunks } from './chunk-layout.ts';
import type { Dropout } from './dropout.ts';
import { sortedAttention } from './sorted-attention.ts';

/** What decides which tokens meet: rotations to hash by, with the factors that they are split into, or buckets of an earlier call. */
export type HashedBy = { readonly rotations: Tensor; readonly factors: readonly number[] } | { readonly buckets: Tensor };

export interface HashedAttentionOptions extends Chunks {
  readonly causal: boolean;
  readonly dropout: Dropout | undefined;
  /** As `tokenMarks` makes them. */
  readonly padding: Int32Array | undefined;
  /** Not read for sequences of one chunk. */
  readonly by: HashedBy | undefined;
}

export interface LshAttentionResult {
  /** [b, h, n, dv] */
  readonly out: Tensor;
  /** int32 [b, h, rounds, n]; undefined for a sequence of one chunk, which is not hashed. */
  readonly buckets: Tensor | undefined;
}

/**
 * The attention of `lshAttention` for arguments that were checked in the name of the function that was called.
 * @shape queryKey [b, h, n, d]; value [b, h, n, dv]; n a multiple of chunkLength, or no more than that
 * @cost that of lshAttention
 */
export function hashedAttention(
  queryKey: Tensor,
  value: Tensor,
  { chunkLength, chunksBefore, chunksAfter, causal, dropout, padding, by }: HashedAttentionOptions,
): LshAttentionResult {
  const length = queryKey.shape[2] as number;
  const common = { budget: chunkBudget, causal, padding, dropout: dropout?.rate === 0 ? undefined : dropout };
  if (length <= chunkLength || by === undefined) {
    const one = { ...common, chunkLength: length, chunksBefore: 0, chunksAfter: 0, by: 'position' } as const;
    const [out, ...rest] = sortedAttention([queryKey, value], one);
    dispose(rest);
    return { out, buckets: undefined };
  }
  const [tensor, kind] = 'buckets' in by ? ([by.buckets, 'buckets'] as const) : ([by.rotations, { factors: by.factors }] as const);
  const attributes = { ...common, chunkLength, chunksBefore, chunksAfter, by: kind };
  const [out, buckets, ...rest] = sortedAttention([queryKey, value, tensor], attributes);
  dispose(rest);
  return { out, buckets };
}

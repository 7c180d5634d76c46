export type { Dropout } from './attention/dropout.ts';
export { type LshAttentionOptions, type LshAttentionResult, lshAttention } from './attention/lsh-attention.ts';
export { type BucketCount, type BucketCountOptions, bucketCountFor } from './hash/bucket-count.ts';
export { bucketOrder } from './hash/bucket-order.ts';
export { type HashOptions, hashBuckets } from './hash/hash-buckets.ts';
export { drawRotations, type RotationOptions } from './hash/rotations.ts';
export { type ReformerAttentionConfig, type ReformerAttentionContext, reformerAttention } from './layer/reformer-attention.ts';
export { type ReformerLocalAttentionConfig, reformerLocalAttention } from './layer/reformer-local-attention.ts';
export type { HeadSizes, PaddingContext } from './layer/tokens.ts';

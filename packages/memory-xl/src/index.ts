export { adaptiveEmbedding } from './adaptive-embedding.ts';
export { type AdaptiveSoftmax, type AdaptiveSoftmaxConfig, type AdaptiveSoftmaxInputs, adaptiveSoftmax } from './adaptive-softmax.ts';
export type { ClusterSizes } from './clusters.ts';
export { type DistanceEncodingsOptions, distanceEncodings } from './distance-encodings.ts';
export {
  type RelativeAttention,
  type RelativeAttentionConfig,
  type RelativeAttentionInputs,
  relativeAttention,
} from './relative-attention.ts';

export { type DistanceEncodingsOptions, distanceEncodings } from './distance-encodings.ts';
export {
  type RelativeAttention,
  type RelativeAttentionConfig,
  type RelativeAttentionInputs,
  relativeAttention,
} from './relative-attention.ts';

export { type DistanceEncodingsOptions, distanceEncodings } from './attention/distance-encodings.ts';
export type { Normalization } from './attention/normalization.ts';
export { type PositionwiseFeedForwardConfig, positionwiseFeedForward } from './attention/positionwise-feed-forward.ts';
export {
  type RelativeAttention,
  type RelativeAttentionConfig,
  type RelativeAttentionContext,
  type RelativeBiases,
  type RelativeWeightsContext,
  relativeAttention,
} from './attention/relative-attention.ts';
export { type ContextLossesOptions, contextLosses } from './context-length/context-losses.ts';
export {
  type EffectiveContext,
  type LossesAt,
  type ReclOptions,
  type RelativeGain,
  relativeEffectiveContextLength,
} from './context-length/recl.ts';
export { type MemoryAttentionConfig, memoryAttention, type SegmentContext } from './memory/memory-attention.ts';
export { type MemoryStart, type ResetOptions, resetRows, type ZeroMemoryOptions, zeroMemory } from './memory/memory-state.ts';
export {
  type SegmentRecurrenceConfig,
  type SegmentRecurrenceContext,
  type SegmentRecurrenceResult,
  segmentRecurrence,
} from './memory/segment-recurrence.ts';
export { evaluateStream, type StreamOptions, type StreamResult } from './stream/evaluate-stream.ts';
export type { ScoredSegment, SegmentScorer } from './stream/segment-scorer.ts';
export { disposeStream, readStream, type StreamState, writeStream } from './stream/stream-state.ts';
export type { StreamChunk } from './stream/token-source.ts';
export { adaptiveEmbedding } from './vocabulary/adaptive-embedding.ts';
export {
  type AdaptiveSoftmax,
  type AdaptiveSoftmaxConfig,
  type AdaptiveSoftmaxContext,
  type AdaptiveTargets,
  adaptiveSoftmax,
} from './vocabulary/adaptive-softmax.ts';
export type { ClusterSizes } from './vocabulary/clusters.ts';

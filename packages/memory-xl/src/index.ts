export { type DistanceEncodingsOptions, distanceEncodings } from './attention/distance-encodings.ts';
export { type PositionwiseFeedForwardConfig, positionwiseFeedForward } from './attention/positionwise-feed-forward.ts';
export {
  type RelativeAttention,
  type RelativeAttentionConfig,
  type RelativeAttentionInputs,
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
export {
  disposeMemory,
  emptyMemory,
  extendMemory,
  keepMemory,
  type ResetOptions,
  resetRows,
  type SegmentMemory,
  type ZeroMemoryOptions,
  zeroMemory,
} from './memory/segment-memory.ts';
export {
  type SegmentInputs,
  type SegmentOutputs,
  type SegmentRecurrence,
  type SegmentRecurrenceConfig,
  segmentRecurrence,
} from './memory/segment-recurrence.ts';
export {
  type XlLanguageModel,
  type XlLanguageModelConfig,
  type XlLosses,
  type XlTargets,
  type XlTokens,
  xlLanguageModel,
} from './model/language-model.ts';
export { evaluateStream, type SegmentScorer, type StreamOptions, type StreamResult } from './stream/evaluate-stream.ts';
export { disposeStream, readStream, type StreamState, writeStream } from './stream/stream-state.ts';
export type { StreamChunk } from './stream/token-source.ts';
export { adaptiveEmbedding } from './vocabulary/adaptive-embedding.ts';
export {
  type AdaptiveSoftmax,
  type AdaptiveSoftmaxConfig,
  type AdaptiveSoftmaxInputs,
  adaptiveSoftmax,
} from './vocabulary/adaptive-softmax.ts';
export type { ClusterSizes } from './vocabulary/clusters.ts';

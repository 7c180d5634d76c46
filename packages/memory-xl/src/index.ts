export { adaptiveEmbedding } from './adaptive-embedding.ts';
export { type AdaptiveSoftmax, type AdaptiveSoftmaxConfig, type AdaptiveSoftmaxInputs, adaptiveSoftmax } from './adaptive-softmax.ts';
export type { ClusterSizes } from './clusters.ts';
export { type ContextLossesOptions, contextLosses } from './context-losses.ts';
export { type DistanceEncodingsOptions, distanceEncodings } from './distance-encodings.ts';
export {
  type XlLanguageModel,
  type XlLanguageModelConfig,
  type XlLosses,
  type XlTargets,
  type XlTokens,
  xlLanguageModel,
} from './language-model.ts';
export { type PositionFeedForwardConfig, positionFeedForward } from './position-feed-forward.ts';
export { type EffectiveContext, type LossesAt, type ReclOptions, type RelativeGain, relativeEffectiveContextLength } from './recl.ts';
export {
  type RelativeAttention,
  type RelativeAttentionConfig,
  type RelativeAttentionInputs,
  relativeAttention,
} from './relative-attention.ts';
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
} from './segment-memory.ts';
export {
  type SegmentInputs,
  type SegmentOutputs,
  type SegmentRecurrence,
  type SegmentRecurrenceConfig,
  segmentRecurrence,
} from './segment-recurrence.ts';
export { evaluateStream, type SegmentScorer, type StreamOptions, type StreamResult } from './stream.ts';
export { disposeStream, readStream, type StreamState, saveStream } from './stream-state.ts';
export type { StreamChunk } from './token-source.ts';

export {
  type AlibiTerm,
  type AttentionDropoutTerm,
  type AttentionResult,
  type AttentionSinkTerm,
  alibi,
  attentionDropout,
  attentionSink,
  type BiasTerm,
  type BlockBiasTerm,
  type BlockSparseAttentionOptions,
  bias,
  blockBias,
  blockSparseAttention,
  type CellBiasTerm,
  cellBias,
  type DistanceBiasTerm,
  distanceBias,
  explainBlockSparseAttention,
  type KeyLengthsTerm,
  keyLengths,
  type OriginalPositionsTerm,
  originalPositions,
  type RelativePositionsTerm,
  relativePositions,
  type ScoreTerm,
  type SoftCapTerm,
  type SpanRampTerm,
  softCap,
  spanRamp,
} from './contracts/block-sparse-attention/index.ts';
export type { CrossEntropyOptions } from './contracts/cross-entropy/call.ts';
export type { GeluApproximation } from './contracts/gelu/reference.ts';
export { ConfigError, ExplainedError, type Explanation, FileError, ShapeError } from './error/index.ts';
export { createKey, type Key, keyFromWords, randomBits, randomNormal, randomPermutation, randomUniform } from './key/index.ts';
export type { Activation } from './layer/activation.ts';
export { chain, contextOf, residual } from './layer/compose.ts';
export { applyDropout, dropout, dropoutKey, requireRate } from './layer/dropout.ts';
export { type EmbeddingOptions, embedding, gatherRows } from './layer/embedding.ts';
export { applyFeedForward, type FeedForwardOptions, type FeedForwardParameters, feedForward } from './layer/feed-forward.ts';
export { gelu } from './layer/gelu.ts';
export type { Layer, LayerContext } from './layer/layer.ts';
export { applyLayerNorm, type LayerNormOptions, layerNorm } from './layer/layer-norm.ts';
export { applyLinear, type LinearOptions, linear } from './layer/linear.ts';
export { countParameters, disposeParameters, type Parameters, parameter, prefixed, scoped } from './layer/parameters.ts';
export type { BlockLayout, BlockLists } from './layout/block-layout.ts';
export { crossEntropy } from './loss/cross-entropy.ts';
export { type LinearCrossEntropyInputs, type LinearCrossEntropyOptions, linearCrossEntropy } from './loss/linear-cross-entropy.ts';
export { type Cache, caches, clearCaches } from './memo/caches.ts';
export { NoKernelError } from './op/choose.ts';
export { type AdamWState, adamWStep } from './optimizer/adamw-step.ts';
export { alibiSlopes } from './position/alibi.ts';
export { type AxialPositionsOptions, applyAxialPositions, axialPositions } from './position/axial.ts';
export { applyLearnedPositions, type LearnedPositionsOptions, learnedPositions } from './position/learned.ts';
export {
  applyRotary,
  type RotaryOptions,
  type RotaryPositions,
  type RotaryStyle,
  type RotaryTables,
  rotary,
  rotaryTables,
} from './position/rotary.ts';
export { type SinusoidalOptions, sinusoidalPositions } from './position/sinusoidal.ts';
export { type RelativeDistanceBuckets, relativeDistanceBuckets } from './position/t5.ts';
export {
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsDtype,
  type SafetensorsEntry,
  type SafetensorsFile,
  type SafetensorsTensor,
  toTensor,
  writeSafetensors,
} from './safetensors/index.ts';
export { dims, type Named, type Sizes } from './tensor/dims.ts';
export { logSumExp } from './tensor/log-sum-exp.ts';
export { bernoulli, normal, uniform } from './tensor/random.ts';
export { stopGradient } from './tensor/stop-gradient.ts';

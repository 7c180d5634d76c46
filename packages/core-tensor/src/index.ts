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
export type { GeluApproximation } from './contracts/gelu/reference.ts';
export type { RotaryStyle } from './contracts/rotary/call.ts';
export { ConfigError, ExplainedError, type Explanation, FileError, ShapeError } from './error/index.ts';
export { interruptible } from './interrupt/interruptible.ts';
export { createKey, type Key, keyFromWords, randomBits, randomNormal, randomPermutation, randomUniform } from './key/index.ts';
export type { Activation } from './layer/activation.ts';
export type { AttentionRequest, AttentionRows } from './layer/attention-request.ts';
export { chain } from './layer/chain.ts';
export { compareParameters, type ParameterDifference } from './layer/check-parameters.ts';
export {
  type BoundPart,
  type BoundParts,
  type DefinedOutput,
  defineLayer,
  type LayerDefinition,
  type Own,
  type Unprovided,
} from './layer/define-layer.ts';
export { applyDropout, dropout } from './layer/dropout.ts';
export { type EmbeddingConfig, embedding, gatherRows } from './layer/embedding.ts';
export { applyFeedForward, type FeedForwardConfig, type FeedForwardParameters, feedForward } from './layer/feed-forward.ts';
export { type GateActivation, type GatedFeedForwardConfig, type GatedNames, gatedFeedForward } from './layer/gated-feed-forward.ts';
export { gelu } from './layer/gelu.ts';
export { applyHeadProjections, type HeadProjection } from './layer/head-projections.ts';
export { mergeHeads, splitHeads } from './layer/heads.ts';
export type {
  ContextArgument,
  ContextOf,
  ContextOfAll,
  Layer,
  LayerContext,
  LayerOutput,
  LayerResult,
  LayerState,
  LayerWrapper,
  OutputOf,
  OutputOfAll,
  Parts,
  Scope,
  StatefulResult,
} from './layer/layer.ts';
export { applyLayerNorm, type LayerNormConfig, layerNorm } from './layer/layer-norm.ts';
export type { Lens } from './layer/lens.ts';
export { applyLinear, type LinearConfig, linear } from './layer/linear.ts';
export { packParameters } from './layer/pack-parameters.ts';
export { Padding, padding, paddingOfLengths } from './layer/padding.ts';
export { disposeParameters, type Parameters, prefixed, scoped } from './layer/parameters.ts';
export { residual } from './layer/residual.ts';
export { applyRmsNorm, type RmsNormConfig, rmsNorm } from './layer/rms-norm.ts';
export { type LoadParametersOptions, loadParameters, saveParameters } from './layer/save-parameters.ts';
export type { Draw, ParameterSpec, Spec } from './layer/spec.ts';
export { disposeState, keepState } from './layer/state.ts';
export { countParameters, summary, weightDecayGroups } from './layer/summary.ts';
export { trainable } from './layer/trainable.ts';
export { type TransformerLayerConfig, type TransformerNames, transformerLayer } from './layer/transformer-layer.ts';
export type { BlockLayout, BlockLists } from './layout/block-layout.ts';
export { type CrossEntropyOptions, crossEntropy } from './loss/cross-entropy.ts';
export { type LinearCrossEntropyInputs, type LinearCrossEntropyOptions, linearCrossEntropy } from './loss/linear-cross-entropy.ts';
export { type Cache, caches, clearCaches } from './memo/caches.ts';
export { NoKernelError } from './op/choose.ts';
export { type AdamWState, adamWStep } from './optimizer/adamw-step.ts';
export { alibiSlopes } from './position/alibi.ts';
export { type AxialPositionsConfig, applyAxialPositions, axialPositions } from './position/axial.ts';
export { applyLearnedPositions, type LearnedPositionsConfig, learnedPositions, type PositionContext } from './position/learned.ts';
export {
  applyRotary,
  type RotaryOptions,
  type RotaryPositions,
  type RotaryTables,
  rotary,
  rotaryTables,
} from './position/rotary.ts';
export { type SinusoidalOptions, sinusoidalPositions } from './position/sinusoidal.ts';
export { type RelativeDistanceBuckets, relativeDistanceBuckets } from './position/t5.ts';
export {
  type ByteSource,
  type LaterTensor,
  type OpenedEntry,
  type OpenedSafetensors,
  openSafetensors,
  openShards,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsDtype,
  type SafetensorsEntry,
  type SafetensorsFile,
  type SafetensorsTensor,
  type StreamedSafetensors,
  streamSafetensors,
  toTensor,
  writeSafetensors,
} from './safetensors/index.ts';
export { dims, type Named, type Sizes } from './tensor/dims.ts';
export { logSumExp } from './tensor/log-sum-exp.ts';
export { bernoulli, normal, uniform } from './tensor/random.ts';
export { stopGradient } from './tensor/stop-gradient.ts';
export { packEntry } from './weight/pack-entry.ts';
export { packWeight, unpackWeight } from './weight/pack-weight.ts';
export type { LinearWeight, PackedKind, PackedWeight } from './weight/packed-weight.ts';

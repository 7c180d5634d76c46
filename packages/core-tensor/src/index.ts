export type { Activation } from './activation.ts';
export { type AdamWState, adamWStep } from './adamw-step.ts';
export { chain, contextOf, residual } from './compose.ts';
export { type AdamWStepAttributes, type AdamWStepInputs, adamWStepContract } from './contracts/adamw-step/contract.ts';
export {
  type AlibiTerm,
  type AttentionAttributes,
  type AttentionCall,
  type AttentionCotangents,
  type AttentionDropoutTerm,
  type AttentionGradients,
  type AttentionKernel,
  type AttentionResult,
  type AttentionSizes,
  alibi,
  attentionDropout,
  attentionKernel,
  attentionRows,
  type BiasTerm,
  type BlockBiasTerm,
  type BlockLayout,
  type BlockLists,
  type BlockSparseAttentionOptions,
  bias,
  blockBias,
  blockCount,
  blockSparseAttention,
  blockSparseAttentionContract,
  blockSparseAttentionGradients,
  type CellBiasTerm,
  cellBias,
  checkAttention,
  type DistanceBiasTerm,
  type DropoutTables,
  distanceBias,
  dropoutPrime,
  dropoutTables,
  explainBlockSparseAttention,
  isLearned,
  type KeyLengthsTerm,
  keyLengths,
  type OriginalPositionsTerm,
  originalPositions,
  type RelativePositionsTerm,
  type Residues,
  type RowWeights,
  referenceAttention,
  relativePositions,
  type ScoreTerm,
  type SoftCapTerm,
  type SpanRampTerm,
  softCap,
  spanRamp,
  tensorsOf,
  withTensors,
} from './contracts/block-sparse-attention/index.ts';
export { type Choice, choose, type Kernel, NoKernelError } from './contracts/choose.ts';
export {
  type Contract,
  type ContractCall,
  type ContractKernel,
  defineContract,
  type KernelDefinition,
  type KernelTolerance,
} from './contracts/contract.ts';
export type { CrossEntropyAttributes, CrossEntropyInputs, CrossEntropyOptions } from './contracts/cross-entropy/call.ts';
export { crossEntropyContract } from './contracts/cross-entropy/contract.ts';
export { type DropoutAttributes, dropoutContract } from './contracts/dropout/contract.ts';
export type { FeedForwardAttributes, FeedForwardInputs } from './contracts/feed-forward/call.ts';
export { feedForwardContract } from './contracts/feed-forward/contract.ts';
export { gatherRowsContract } from './contracts/gather-rows/contract.ts';
export type { GatherRowsAttributes } from './contracts/gather-rows/reference.ts';
export { type GeluAttributes, geluContract } from './contracts/gelu/contract.ts';
export type { GeluApproximation } from './contracts/gelu/reference.ts';
export type { LayerNormAttributes, LayerNormInputs } from './contracts/layer-norm/call.ts';
export { layerNormContract } from './contracts/layer-norm/contract.ts';
export { type LinearInputs, linearContract } from './contracts/linear/contract.ts';
export { defineOp, type Op, type OpDefinition, type SavedTensors } from './custom-op.ts';
export { detached } from './detached.ts';
export { dims, type Named, type Sizes } from './dims.ts';
export { applyDropout, dropout, dropoutKey, requireRate } from './dropout.ts';
export { type EmbeddingOptions, embedding, gatherRows } from './embedding.ts';
export { ConfigError, ExplainedError, type Explanation, FileError, ShapeError } from './error/index.ts';
export { applyFeedForward, type FeedForwardOptions, type FeedForwardParameters, feedForward } from './feed-forward.ts';
export { gelu } from './gelu.ts';
export { createKey, type Key, keyFromWords, randomBits, randomNormal, randomPermutation, randomUniform } from './key/index.ts';
export type { Layer, LayerContext } from './layer.ts';
export { applyLayerNorm, type LayerNormOptions, layerNorm } from './layer-norm.ts';
export { applyLinear, type LinearOptions, linear } from './linear.ts';
export { logSumExp } from './log-sum-exp.ts';
export { crossEntropy } from './loss/cross-entropy.ts';
export { countParameters, disposeParameters, type Parameters, parameter, prefixed, scoped } from './parameters.ts';
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
export { keepMask, normal, uniform } from './random-tensor.ts';
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

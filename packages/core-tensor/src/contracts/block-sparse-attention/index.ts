export { type AttentionCallOptions, attentionCall } from './attention-call.ts';
export type { AttentionCall, AttentionCotangents, AttentionGradients, AttentionKernel, AttentionResult, AttentionSizes } from './call.ts';
export { tensorsOfCall } from './call-tensors.ts';
export {
  type BlockSparseAttentionOptions,
  blockSparseAttention,
  blockSparseAttentionGradients,
  explainBlockSparseAttention,
} from './contract.ts';
export { attentionKernel, blockSparseAttentionContract } from './kernels.ts';
export { type DropoutTables, dropoutPrime, dropoutTables, type Residues } from './pair-dropout.ts';
export { reference as referenceAttention } from './reference/index.ts';
export { attentionRows, type RowWeights } from './row-weights.ts';
export { attentionGradients, explainAttention, runAttention } from './run-attention.ts';
export {
  type AlibiTerm,
  type AttentionDropoutTerm,
  alibi,
  attentionDropout,
  type BiasTerm,
  type BlockBiasTerm,
  bias,
  blockBias,
  type CellBiasTerm,
  cellBias,
  type DistanceBiasTerm,
  distanceBias,
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
} from './score-terms.ts';
export { isLearned, tensorsOf, withTensors } from './term-tensors.ts';

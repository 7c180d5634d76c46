export type { AttentionSizes } from './attention-blocks.ts';
export { type AttentionCallOptions, attentionCall, type UncheckedCallOptions, uncheckedCall } from './attention-call.ts';
export type { AttentionCall, AttentionCotangents, AttentionForward, AttentionGradients, AttentionKernel, AttentionResult } from './call.ts';
export { tensorsOfCall } from './call-tensors.ts';
export { checkCall } from './check.ts';
export {
  type BlockSparseAttentionOptions,
  blockSparseAttention,
  blockSparseAttentionGradients,
  explainBlockSparseAttention,
} from './contract.ts';
export { joinedRows } from './joined-rows.ts';
export { attentionKernel, blockSparseAttentionContract } from './kernels.ts';
export { reference as referenceAttention } from './reference/index.ts';
export { type AttentionRowsOptions, askedAttentionRows, attentionRows, requireQueries, rowsOfHeads } from './row-weights.ts';
export type { RowWeights } from './rows-of-weights.ts';
export { attentionForward, attentionGradients, explainAttention, runAttention } from './run-attention.ts';
export {
  type AlibiTerm,
  type AttentionDropoutTerm,
  type AttentionSinkTerm,
  alibi,
  attentionDropout,
  attentionSink,
  type BiasTerm,
  type BlockBiasTerm,
  bias,
  blockBias,
  type CellBiasTerm,
  cellBias,
  type DistanceBiasTerm,
  distanceBias,
  isLearned,
  type KeyLengthsTerm,
  keyLengths,
  type OriginalPositionsTerm,
  originalPositions,
  type RelativePositionsTerm,
  recordOf,
  relativePositions,
  type ScoreTerm,
  type SoftCapTerm,
  type SpanRampTerm,
  softCap,
  spanRamp,
  tensorsOf,
  withTensors,
} from './score-term/index.ts';
export { lookUp } from './score-term/look-up.ts';
export { type DropoutTables, dropoutTables, type Residues } from './score-term/pair-dropout.ts';
export { type DenseStep, type Pairs, range } from './score-term/pairs.ts';
export { requireTerms } from './score-term/require-terms.ts';
export type { SoftmaxRows, Temporaries, TermRecord } from './score-term/term-record.ts';

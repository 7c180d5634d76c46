export {
  type AdafactorStepAttributes,
  type AdafactorStepInputs,
  type AdafactorStepOfOne,
  type AdafactorStepOutputs,
  adafactorRateOf,
  adafactorStepContract,
  parametersOfAdafactor,
} from '../contracts/adafactor-step/contract.ts';
export {
  type AdamWStepAttributes,
  type AdamWStepInputs,
  type AdamWStepOfOne,
  type AdamWStepOutputs,
  adamWStepContract,
  parametersOfStep,
} from '../contracts/adamw-step/contract.ts';
export {
  type AttentionCall,
  type AttentionCallOptions,
  type AttentionCotangents,
  type AttentionForward,
  type AttentionGradients,
  type AttentionKernel,
  type AttentionRowsOptions,
  type AttentionSizes,
  askedAttentionRows,
  attentionCall,
  attentionForward,
  attentionGradients,
  attentionKernel,
  attentionRows,
  blockSparseAttentionContract,
  blockSparseAttentionGradients,
  checkCall,
  type DenseStep,
  type DropoutTables,
  dropoutTables,
  explainAttention,
  isLearned,
  joinedRows,
  lookUp,
  type Pairs,
  type Residues,
  type RowWeights,
  range,
  recordOf,
  referenceAttention,
  requireQueries,
  requireTerms,
  rowsOfHeads,
  runAttention,
  type SoftmaxRows,
  type Temporaries,
  type TermRecord,
  tensorsOf,
  tensorsOfCall,
  type UncheckedCallOptions,
  uncheckedCall,
  withTensors,
} from '../contracts/block-sparse-attention/index.ts';
export { weightedSum } from '../contracts/block-sparse-attention/reference/product.ts';
export type { CrossEntropyAttributes, CrossEntropyInputs } from '../contracts/cross-entropy/call.ts';
export { crossEntropyContract } from '../contracts/cross-entropy/contract.ts';
export { type DropoutAttributes, dropoutContract } from '../contracts/dropout/contract.ts';
export type { FeedForwardAttributes, FeedForwardInputs } from '../contracts/feed-forward/call.ts';
export { feedForwardContract } from '../contracts/feed-forward/contract.ts';
export { gatherRowsContract } from '../contracts/gather-rows/contract.ts';
export type { GatherRowsAttributes } from '../contracts/gather-rows/reference.ts';
export { type GeluAttributes, geluContract } from '../contracts/gelu/contract.ts';
export {
  type AllProjections,
  gradientsByPlace,
  type HeadProjection,
  type HeadProjectionsAttributes,
  type HeadProjectionsInputs,
  type HeadProjectionsOutputs,
  projectionsOf,
} from '../contracts/head-projections/call.ts';
export { headProjectionsContract } from '../contracts/head-projections/contract.ts';
export { asHeads, asTokens } from '../contracts/head-projections/reference.ts';
export type { LayerNormAttributes, LayerNormInputs } from '../contracts/layer-norm/call.ts';
export { layerNormContract } from '../contracts/layer-norm/contract.ts';
export { type LinearAttributes, type LinearInputs, linearContract } from '../contracts/linear/contract.ts';
export {
  leastNorm,
  type MuonStepAttributes,
  type MuonStepInputs,
  type MuonStepOutputs,
  muonScale,
  muonStepContract,
  newtonSchulz,
} from '../contracts/muon-step/contract.ts';
export {
  type Float16LinearInputs,
  float16LinearContract,
  type Int8LinearInputs,
  int8LinearContract,
  type PackedLinearAttributes,
  requireNoGradient,
} from '../contracts/packed-linear/contract.ts';
export { widened } from '../contracts/packed-linear/reference.ts';
export type { RmsNormAttributes, RmsNormInputs } from '../contracts/rms-norm/call.ts';
export { rmsNormContract } from '../contracts/rms-norm/contract.ts';
export { gradientsOfTurned, type RotaryAttributes, type RotaryInputs, type RotaryOutputs } from '../contracts/rotary/call.ts';
export { rotaryContract } from '../contracts/rotary/contract.ts';
export {
  parametersWithMomentum,
  type SgdStepAttributes,
  type SgdStepInputs,
  type SgdStepOfOne,
  type SgdStepOutputs,
  sgdStepContract,
} from '../contracts/sgd-step/contract.ts';
export { interruptionPoint, isInterruptible } from '../interrupt/interruptible.ts';
export { type Choice, choose, type Kernel } from '../op/choose.ts';
export {
  type Contract,
  type ContractCall,
  type ContractKernel,
  defineContract,
  type KernelDefinition,
  type KernelTolerance,
} from '../op/define-contract.ts';
export { defineOp, type Op, type OpDefinition, type SavedTensors } from '../op/define-op.ts';
export { requireFilled } from '../tensor/dims.ts';
export { chunkBudget, chunksOf, inChunks, itemsPerChunk, partOf, sumInChunks } from '../tensor/in-chunks.ts';
export { inverseRoot } from '../tensor/inverse-root.ts';
export { type ExactLogSumExp, type JoinedParts, joinedParts } from '../tensor/joined-parts.ts';
export { maskedScore } from '../tensor/masked-score.ts';
export { partWeights, sharesOf, zeroIfMasked } from '../tensor/part-weights.ts';
export { inverseOrder, reorderRows, scatterRowsBy } from '../tensor/reorder-rows.ts';
export { asRows } from '../tensor/rows.ts';
export { rowsOf } from '../tensor/rows-of.ts';
export { scatterRows } from '../tensor/scatter-rows.ts';
export { mayBeSpoiled, weighted } from '../tensor/spoiled.ts';
export { type Differentiated, differentiated, forgetBackend, isTaped, type Vjp, vjp, watchKernels } from '../tensor/tfjs-engine.ts';
export { unitVectors } from '../tensor/unit-vectors.ts';
export { vectorLengths } from '../tensor/vector-lengths.ts';
export { type PackedKind, type PackedWeight, wordsPerRow } from '../weight/packed-weight.ts';
export { replaceKernel } from './replace-kernel.ts';

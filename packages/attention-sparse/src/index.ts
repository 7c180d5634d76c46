export { type CalibrateOptions, type Calibration, type CandidateRecall, calibrate, type HeadChoice } from './adaptive/calibrate.ts';
export { type DroppedMass, droppedMass } from './adaptive/dropped-mass.ts';
export {
  type BlockReach,
  type Cost,
  type CostOptions,
  cost,
  createLayout,
  drawReach,
  type LayoutOptions,
  type LayoutSizes,
  layoutCost,
  type ReceptiveField,
  receptiveField,
  receptiveFieldOf,
  type WideningLayer,
  type WideningOptions,
  wideningDilations,
  wideningWindows,
  windowOfEqualCost,
} from './analysis/index.ts';
export { denseAttention } from './attention/dense/dense-attention.ts';
export { mergeAttention } from './attention/merge.ts';
export type { SparseAttentionOptions } from './attention/options.ts';
export { type Explanation, explain, sparseAttention } from './attention/sparse-attention.ts';
export { type AttentionWeightsOptions, attentionWeights } from './attention/weights.ts';
export {
  type AdaptiveSpanAttention,
  type AdaptiveSpanConfig,
  type AdaptiveSpanInputs,
  adaptiveSpanAttention,
} from './layer/adaptive-span.ts';
export { type BigBirdAttentionConfig, type BigBirdInputs, bigBirdAttention, type DrawnRandomBlocks } from './layer/bigbird.ts';
export { mergeHeads, splitHeads } from './layer/heads.ts';
export { type LocalAttentionConfig, type LocalAttentionInputs, localAttention } from './layer/local/local-attention.ts';
export { type LongformerAttentionConfig, type LongformerInputs, longformerAttention } from './layer/longformer.ts';
export {
  type SegmentAttentionOptions,
  type SegmentAttentionResult,
  type SegmentRoute,
  segmentAttention,
} from './layer/routes/segment-attention.ts';
export {
  type SparsePattern,
  type SparseTransformerAttentionConfig,
  type SparseTransformerInputs,
  sparseTransformerAttention,
} from './layer/sparse-transformer.ts';
export { type SwinAttentionConfig, type SwinInputs, swinAttention } from './layer/swin/swin-attention.ts';
export { type SwinLayerConfig, swinLayer } from './layer/swin/swin-layer.ts';
export type { TokenGrid } from './layer/swin/swin-windows.ts';
export type { TokenMarks } from './layer/token-marks.ts';
export {
  type BigBirdOptions,
  bigBird,
  blockDiagonal,
  blockWindow,
  type CheckMaskOptions,
  type Combination,
  type Cover,
  causal,
  checkMask,
  type DocumentIds,
  type DrawMaskOptions,
  denseMask,
  dilatedWindow,
  documents,
  drawMask,
  drawMaskSvg,
  type Extent,
  equalMasks,
  everything,
  fixed,
  type Grid,
  globalTokens,
  grid,
  keyPadding,
  keysAt,
  type Mask,
  type MaskNode,
  type MaskRule,
  mask,
  maskFromJSON,
  nothing,
  type PerAxis,
  perBatch,
  perHead,
  predicate,
  prefix,
  queriesAt,
  type RandomBlocks,
  type RandomBlocksOptions,
  randomBlocks,
  type Segment,
  type SegmentLengths,
  type Segments,
  type Selection,
  type Sides,
  type Span,
  segments,
  slidingWindow,
  strided,
} from './mask/index.ts';
export {
  type BlockChoiceOptions,
  type BlockTopKOptions,
  type BlockTopKResult,
  blockTopK,
  blockTopKAttention,
  type ChooseBlocksOptions,
  chooseBlocks,
} from './selection/block-top-k.ts';
export { type MobaOptions, type MobaResult, mobaAttention } from './selection/moba.ts';
export { type KeysAndValues, type NsaInputs, type NsaOptions, type NsaResult, nsaAttention, nsaImportance } from './selection/nsa/nsa.ts';
export { type RoutingCentroidsOptions, routingCentroids } from './selection/routing/centroids.ts';
export { type RoutingOptions, type RoutingResult, routingAttention } from './selection/routing/routing.ts';
export { type BlockMassOptions, blockMass } from './selection/selector/block-mass.ts';
export {
  type BlockSelectorConfig,
  type BlockSelectorInputs,
  blockSelector,
  type SelectorLossOptions,
  selectorLoss,
} from './selection/selector/block-selector.ts';
export { type TopKOptions, type TopKResult, topKAttention } from './selection/top-k.ts';

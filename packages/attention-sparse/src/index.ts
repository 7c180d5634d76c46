export { type AdaptiveSpanAttention, type AdaptiveSpanConfig, type AdaptiveSpanInputs, adaptiveSpanAttention } from './adaptive-span.ts';
export type { SparseAttentionOptions } from './attention-options.ts';
export { type AttentionWeightsOptions, attentionWeights } from './attention-weights.ts';
export { type BigBirdInputs, type BigBirdSelfAttentionConfig, bigBirdSelfAttention, type DrawnRandomBlocks } from './bigbird.ts';
export {
  type BlockChoiceOptions,
  type BlockTopKOptions,
  type BlockTopKResult,
  blockTopK,
  blockTopKAttention,
  type ChooseBlocksOptions,
  chooseBlocks,
} from './block-top-k.ts';
export { type CalibrateOptions, type Calibration, type CandidateRecall, calibrate, type HeadChoice } from './calibrate.ts';
export { type Cost, type CostOptions, cost, type LayoutSizes, layoutCost } from './cost.ts';
export { denseAttention } from './dense-attention.ts';
export { type DroppedMass, droppedMass } from './dropped-mass.ts';
export { mergeHeads, splitHeads } from './heads.ts';
export { createLayout, type LayoutOptions } from './layout.ts';
export { type LocalAttentionConfig, type LocalAttentionInputs, localAttention } from './local.ts';
export { type LongformerInputs, type LongformerSelfAttentionConfig, longformerSelfAttention } from './longformer.ts';
export {
  type BigBirdOptions,
  bigBird,
  blockDiagonal,
  blockWindow,
  type Combination,
  type Cover,
  causal,
  type DocumentIds,
  denseMask,
  dilatedWindow,
  documents,
  drawMask,
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
export { mergeAttention } from './merge-attention.ts';
export { type MobaOptions, type MobaResult, mobaAttention } from './moba.ts';
export { type KeysAndValues, type NsaInputs, type NsaOptions, type NsaResult, nsaAttention, nsaImportance } from './nsa/nsa.ts';
export { type BlockReach, type ReceptiveField, receptiveField, receptiveFieldOf } from './receptive-field.ts';
export { type RoutingCentroidsOptions, routingCentroids } from './routing/centroids.ts';
export { type RoutingOptions, type RoutingResult, routingAttention } from './routing/routing.ts';
export {
  type SegmentAttentionOptions,
  type SegmentAttentionResult,
  type SegmentRoute,
  segmentAttention,
} from './segment-attention.ts';
export { type BlockMassOptions, blockMass } from './selector/block-mass.ts';
export {
  type BlockSelectorConfig,
  type BlockSelectorInputs,
  blockSelector,
  type SelectorLossOptions,
  selectorLoss,
} from './selector/block-selector.ts';
export { type Explanation, explain, sparseAttention } from './sparse-attention.ts';
export {
  type SparsePattern,
  type SparseTransformerAttentionConfig,
  type SparseTransformerInputs,
  sparseTransformerAttention,
} from './sparse-transformer.ts';
export { type SwinInputs, type SwinWindowAttentionConfig, swinWindowAttention } from './swin.ts';
export { type SwinLayerConfig, swinLayer } from './swin-layer.ts';
export type { TokenGrid } from './swin-windows.ts';
export type { TokenMarks } from './token-marks.ts';
export { type TopKOptions, type TopKResult, topKAttention } from './top-k.ts';
export { type WideningLayer, type WideningOptions, wideningDilations, wideningWindows } from './widening.ts';

export type { TokenGrid } from '@longspan/core-tensor/layer';
export { type CalibrateOptions, type Calibration, calibrate } from './adaptive/calibrate.ts';
export type { CandidateRecall, HeadChoice } from './adaptive/candidate-choice.ts';
export { type ChooseMasksOptions, chooseMasks, type MaskChoice } from './adaptive/choose-masks.ts';
export { type DroppedMass, droppedMass } from './adaptive/dropped-mass.ts';
export { type KeptMass, type KeptMassOptions, keptMass } from './adaptive/kept-mass.ts';
export {
  type BlockReach,
  type Cost,
  type CostOptions,
  cost,
  createLayout,
  dilationSchedule,
  drawReach,
  type LayoutOptions,
  type LayoutSizes,
  layoutCost,
  type ReceptiveField,
  receptiveField,
  receptiveFieldOf,
  type ScheduledLayer,
  type WindowScheduleOptions,
  windowOfEqualCost,
  windowSchedule,
} from './analysis/index.ts';
export { type AttentionWeightsOptions, attentionWeights } from './attention/attention-weights.ts';
export { denseAttention } from './attention/dense/dense-attention.ts';
export { mergeAttention } from './attention/merge-attention.ts';
export type { SparseAttentionOptions } from './attention/options.ts';
export { type Explanation, explain, sparseAttention } from './attention/sparse-attention.ts';
export {
  type AdaptiveSpanAttention,
  type AdaptiveSpanConfig,
  type AdaptiveSpanContext,
  adaptiveSpanAttention,
} from './layer/adaptive-span.ts';
export {
  type BigBirdAttentionConfig,
  type BigBirdContext,
  bigBirdAttention,
  type DrawnRandomBlocks,
} from './layer/bigbird/bigbird-attention.ts';
export { localAttentionAsPublished, type PublishedLocalAttentionOptions } from './layer/local/as-published.ts';
export type { LocalAttentionOptions } from './layer/local/attend-locally.ts';
export {
  type LocalXposAttentionOptions,
  localAttention,
  localSharedQueryKeyAttention,
  localXposAttention,
} from './layer/local/local-attention.ts';
export type { GlobalTokens } from './layer/longformer/global-tokens.ts';
export { type LongformerAttentionConfig, type LongformerContext, longformerAttention } from './layer/longformer/longformer-attention.ts';
export { type LongformerLayerConfig, longformerLayer } from './layer/longformer/longformer-layer.ts';
export type {
  AttentionLengths,
  AttentionNames,
  CrossAttentionContext,
  EncoderStates,
  MultiHeadAttentionConfig,
  ProjectionNames,
  SelfAttentionContext,
} from './layer/multi-head/config.ts';
export { multiHeadAttention } from './layer/multi-head/multi-head.ts';
export type { RelativeBias } from './layer/multi-head/position-terms.ts';
export { paddingMask, withoutPaddedRows, withoutPadding } from './layer/padding-mask.ts';
export { applySegmentAttention } from './layer/segments/apply-segment-attention.ts';
export type { SegmentAttentionOptions, SegmentAttentionResult } from './layer/segments/attend-segments.ts';
export type { SegmentRoute } from './layer/segments/route.ts';
export { type SegmentAttentionConfig, type SegmentNames, segmentAttention } from './layer/segments/segment-attention.ts';
export {
  type SparsePattern,
  type SparseTransformerAttentionConfig,
  sparseTransformerAttention,
} from './layer/sparse-transformer.ts';
export { type GridContext, type SwinAttentionConfig, swinAttention } from './layer/swin/swin-attention.ts';
export { type SwinLayerConfig, swinLayer } from './layer/swin/swin-layer.ts';
export { type SwinV2AttentionConfig, swinV2Attention } from './layer/swin/swin-v2-attention.ts';
export { type SwinV2LayerConfig, swinV2Layer } from './layer/swin/swin-v2-layer.ts';
export {
  type TransientGlobalAttentionConfig,
  type TransientGlobalContext,
  transientGlobalAttention,
} from './layer/transient-global/transient-global-attention.ts';
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
  type BlockSelectionOptions,
  type BlockTopKOptions,
  type BlockTopKResult,
  blockTopK,
  blockTopKAttention,
  type SelectBlocksOptions,
  selectBlocks,
} from './selection/block-top-k.ts';
export { type MobaOptions, type MobaResult, mobaAttention } from './selection/moba.ts';
export { type KeysAndValues, type NsaBranches, type NsaOptions, type NsaResult, nsaAttention, nsaImportance } from './selection/nsa/nsa.ts';
export { type RoutingCentroidsOptions, routingCentroids } from './selection/routing/centroids.ts';
export { type RoutingOptions, type RoutingResult, routingAttention } from './selection/routing/routing.ts';
export { type BlockMassOptions, blockMass } from './selection/selector/block-mass.ts';
export {
  type BlockSelectorConfig,
  type BlockSelectorContext,
  blockSelector,
  type SelectorLossOptions,
  selectorLoss,
} from './selection/selector/block-selector.ts';
export { type TopKOptions, type TopKResult, topKAttention } from './selection/top-k.ts';

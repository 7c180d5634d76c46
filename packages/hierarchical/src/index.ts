export {
  type FunnelConfig,
  type FunnelDecoderConfig,
  type FunnelEncoderConfig,
  type FunnelInputs,
  type FunnelStates,
  funnelDecoder,
  funnelEncoder,
  funnelUpsampling,
} from './funnel/funnel.ts';
export { causalParents, children, type Neighbours, parents, siblings } from './groups/group-masks.ts';
export { causalGroups, type Groups, groupsFromBoundaries, uniformGroups } from './groups/groups.ts';
export { joinLevels, type Levels, levelsOf, type TextLevel, textLevels, tokensOfLevel } from './groups/levels.ts';
export { type HatConfig, type HatLayoutKind, hat, hatLayout } from './hat/hat.ts';
export { type HatEncoders, type HatInputs, type HatSizes, hatLayer } from './hat/hat-layer.ts';
export { type HourglassConfig, type HourglassLanguageModelConfig, hourglass, hourglassLanguageModel } from './hourglass/hourglass.ts';
export type { Lengthening, Shortening } from './hourglass/hourglass-body.ts';
export {
  type LevelInputs,
  type LevelMasks,
  type LevelTransformerConfig,
  levelMasks,
  levelTransformer,
} from './level-transformer/level-transformer.ts';
export { type AttentionPoolingConfig, attentionPooling } from './resample/attention-pooling.ts';
export { type AttentionUpsamplingConfig, attentionUpsampling, type UpsamplingInputs } from './resample/attention-upsampling.ts';
export { type GroupedInputs, type LinearPoolingConfig, linearPooling, maxPooling, meanPooling } from './resample/pooling.ts';
export { shiftRight } from './resample/shift.ts';
export { linearUpsampling, repeatUpsampling } from './resample/upsampling.ts';
export { type ImageTokens, type PatchMergingConfig, patchMerging } from './swin/patch-merging.ts';
export { type SwinStageConfig, type SwinStageOutput, type SwinStagesConfig, swinStage, swinStages } from './swin/swin-stages.ts';
export { type HeadingRule, isHeading } from './text/headings.ts';
export { type SegmentTextOptions, segmentText, type TextSegments, type TextUnits, unitTexts } from './text/segment-text.ts';

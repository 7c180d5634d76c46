export { type AttentionPoolingConfig, attentionPooling } from './attention-pooling.ts';
export { type AttentionUpsamplingConfig, attentionUpsampling, type UpsamplingInputs } from './attention-upsampling.ts';
export {
  type FunnelConfig,
  type FunnelDecoderConfig,
  type FunnelEncoderConfig,
  type FunnelInputs,
  type FunnelStates,
  funnelDecoder,
  funnelEncoder,
  funnelUpsampling,
} from './funnel.ts';
export { children, completeParents, type Neighbours, parents, siblings } from './group-masks.ts';
export { completeGroups, type Groups, groupsAt, groupsOf } from './groups.ts';
export { type HatConfig, type HatLayoutKind, hat, hatLayout } from './hat.ts';
export { type HatEncoders, type HatInputs, type HatSizes, hatLayer } from './hat-layer.ts';
export { type HeadingRule, isHeading } from './headings.ts';
export { type HourglassConfig, type HourglassLanguageModelConfig, hourglass, hourglassLanguageModel } from './hourglass.ts';
export type { Lengthening, Shortening } from './hourglass-body.ts';
export { type LevelInputs, type LevelMasks, type LevelTransformerConfig, levelMasks, levelTransformer } from './level-transformer.ts';
export { joinLevels, type Levels, levelsOf, type TextLevel, type TokenSpan, textLevels, tokensOfLevel } from './levels.ts';
export { type ImageTokens, type PatchMergingConfig, patchMerging } from './patch-merging.ts';
export { type GroupedInputs, type LinearPoolingConfig, linearPooling, maxPooling, meanPooling } from './pooling.ts';
export { type SegmentTextOptions, segmentText, type TextSegments, type TextUnits, unitTexts } from './segment-text.ts';
export { shiftRight } from './shift.ts';
export { type SwinStageConfig, type SwinStageOutput, type SwinStagesConfig, swinStage, swinStages } from './swin-stages.ts';
export { linearUpsampling, repeatUpsampling } from './upsampling.ts';

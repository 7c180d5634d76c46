export type { ConfigJson } from './config/read-config.ts';
export type { EncoderContext, EncoderOutput } from './encoder/encoder-model.ts';
export type { HeadedModel, HeadOutput } from './head/headed-model.ts';
export type { CheckpointFiles, CheckpointSink, WeightConversion, WrittenFile } from './pretrained/checkpoint-files.ts';
export type { Family, ModelOptions, WrapOptions } from './pretrained/family.ts';
export type { CheckpointSource } from './pretrained/files-of.ts';
export { type FromPretrainedOptions, fromPretrained } from './pretrained/from-pretrained.ts';
export type { NamedBytes } from './pretrained/given-files.ts';
export type { Precision } from './pretrained/load-weights.ts';
export { modelParameters, type NamedParameters } from './pretrained/model-parameters.ts';
export type { WeightFile } from './pretrained/open-weights.ts';
export type { WordForPrecision } from './pretrained/precision.ts';
export type {
  AnyModelContext,
  AnyModelOutput,
  AnyPretrainedModel,
  Pretrained,
  PretrainedReport,
  SavedModel,
} from './pretrained/pretrained.ts';
export type { OnProgress, PretrainedProgress } from './pretrained/progress.ts';
export { pretrainedFiles, type SavedFiles, type SavePretrainedOptions, savePretrained } from './pretrained/save-pretrained.ts';
export type { Sentence } from './sentence/sentence.ts';

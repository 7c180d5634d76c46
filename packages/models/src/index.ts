export type { ConfigJson } from './config/read-config.ts';
export type { EncoderContext, EncoderOutput } from './encoder/encoder-model.ts';
export type { HeadedModel, HeadOutput } from './head/headed-model.ts';
export type { Family, ModelOptions } from './pretrained/family.ts';
export { modelParameters, type NamedParameters } from './pretrained/model-parameters.ts';

import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type SwinConfig, swinConfig } from './config.ts';
import { swinBackbone, swinForImageClassification, swinModel } from './model.ts';

export type { BackboneOutput } from '../../image/backbone.ts';
export { type SwinConfig, swinConfig } from './config.ts';
export { type SwinContext, swinBackbone, swinForImageClassification, swinModel } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type SwinModels = {
  readonly model: typeof swinModel;
  readonly backbone: typeof swinBackbone;
  readonly imageClassification: typeof swinForImageClassification;
};

/** Swin: what `fromPretrained` needs to know of its checkpoints. */
export const swin: Family<SwinConfig, SwinModels> = defineFamily({
  modelType: 'swin',
  config: swinConfig,
  models: { model: swinModel, backbone: swinBackbone, imageClassification: swinForImageClassification },
  architectures: { SwinModel: 'model', SwinBackbone: 'backbone', SwinForImageClassification: 'imageClassification' },
  weights: {
    body: 'swin',
    // Masked patches and the decoder that paints them belong to pretraining.
    unneeded: [/relative_position_index$/, /^(swin[.])?embeddings[.]mask_token$/, /^decoder[.]0[.]/],
  },
});

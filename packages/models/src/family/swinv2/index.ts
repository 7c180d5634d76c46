import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type Swinv2Config, swinv2Config } from './config.ts';
import { swinv2ForImageClassification, swinv2Model } from './model.ts';

export { type Swinv2Config, swinv2Config } from './config.ts';
export { type Swinv2Context, swinv2ForImageClassification, swinv2Model } from './model.ts';

/** The models of the family, by head; `model` is the body. */
export type Swinv2Models = {
  readonly model: typeof swinv2Model;
  readonly imageClassification: typeof swinv2ForImageClassification;
};

/** Swin V2: what `fromPretrained` needs to know of its checkpoints. */
export const swinv2: Family<Swinv2Config, Swinv2Models> = defineFamily({
  modelType: 'swinv2',
  config: swinv2Config,
  models: { model: swinv2Model, imageClassification: swinv2ForImageClassification },
  architectures: { Swinv2Model: 'model', Swinv2ForImageClassification: 'imageClassification' },
  weights: {
    body: 'swinv2',
    // Masked patches and the decoder that paints them belong to pretraining.
    unneeded: [/relative_(position_index|coords_table)$/, /^(swinv2[.])?embeddings[.]mask_token$/, /^decoder[.]0[.]/],
  },
});

import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type LongT5Config, longT5Config } from './config.ts';
import { longT5Model } from './model.ts';

export { type LongT5Config, longT5Config } from './config.ts';
export { type LongT5Context, longT5Model } from './model.ts';

/** The models of the family; `model` is the encoder. */
export type LongT5Models = { readonly model: typeof longT5Model };

/** LongT5's encoder: what `fromPretrained` needs to know of its checkpoints. */
export const longT5: Family<LongT5Config, LongT5Models> = defineFamily({
  modelType: 'longt5',
  config: longT5Config,
  models: { model: longT5Model },
  architectures: { LongT5EncoderModel: 'model' },
  weights: {
    body: 'transformer',
    unneeded: [/^decoder[.]/, /^lm_head[.]/],
    tied: (): Readonly<Record<string, string>> => ({ 'encoder.embed_tokens.weight': 'shared.weight' }),
  },
});

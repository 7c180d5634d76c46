import * as z from 'zod/mini';
import { count } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';
import { type MaskedConfig, maskKinds } from '../../encoder/attention-masks.ts';
import { type EncoderConfig, encoderKinds } from '../../encoder/encoder-config.ts';

/** The keys of MPNet's config.json, in camelCase. `maxPositionEmbeddings` counts rows: 2 more than a text may have tokens. */
export interface MpnetConfig extends EncoderConfig, MaskedConfig, Unread {
  /** Rows of the table of biases by distance. */
  readonly relativeAttentionNumBuckets: number;
}

const schema = z.object({
  ...maskKinds,
  ...encoderKinds({ vocabSize: 30527, layerNormEps: 1e-12 }),
  relativeAttentionNumBuckets: z._default(count(32), 32),
});

/**
 * Reads the config of an MPNet: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * mpnetConfig({ hidden_size: 384 }).relativeAttentionNumBuckets; // => 32
 */
export const mpnetConfig = (config: ConfigJson | Partial<MpnetConfig>): MpnetConfig => readConfig('mpnetConfig', schema, config);

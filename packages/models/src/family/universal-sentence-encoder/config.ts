import * as z from 'zod/mini';
import { count, epsilon, type GeneralConfig, general } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The keys of a Universal Sentence Encoder's config.json, in camelCase. It has none of its own: the names are those of other encoders. */
export interface UniversalSentenceEncoderConfig extends GeneralConfig, Unread {
  readonly vocabSize: number;
  /** Features of a word; the first layer brings them to hiddenSize. */
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  /** Features of a text's vector. */
  readonly outputSize: number;
  readonly layerNormEps: number;
  /** The longest wavelength of the positions, in units of 2π tokens. */
  readonly maxTimescale: number;
  /**
   * Tokens after which the published graph cuts a text, and all that its weights have learnt from. Nothing is cut here; documents are read in
   * windows of that length.
   */
  readonly maxSeqLength: number;
}

const schema = z.object({
  ...general,
  vocabSize: z._default(count(), 8002),
  embeddingSize: z._default(count(2), 256),
  hiddenSize: z._default(count(), 512),
  numHiddenLayers: z._default(count(0), 2),
  numAttentionHeads: z._default(count(), 4),
  intermediateSize: z._default(count(), 1536),
  outputSize: z._default(count(), 512),
  layerNormEps: epsilon(1e-6),
  maxTimescale: z._default(z.number().check(z.gt(0), z.lte(2 ** 31 - 1)), 10_000),
  maxSeqLength: z._default(count(), 128),
});

/**
 * Reads the config of a Universal Sentence Encoder: what `savePretrained` wrote, or the same keys in camelCase. What is missing is as in the
 * lite model.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * universalSentenceEncoderConfig({ num_hidden_layers: 3 }).numHiddenLayers; // => 3
 */
export const universalSentenceEncoderConfig = (
  config: ConfigJson | Partial<UniversalSentenceEncoderConfig>,
): UniversalSentenceEncoderConfig => readConfig('universalSentenceEncoderConfig', schema, config);

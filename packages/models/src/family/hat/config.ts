import { ConfigError } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { count, layerCount } from '../../config/kinds.ts';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { type TypedEncoderConfig, typedEncoderKinds } from '../../encoder/encoder-config.ts';

/** Which encoders a layer has, under the names of the file. */
export interface HatLayout {
  readonly sentence_encoder: boolean;
  readonly document_encoder: boolean;
}

/** The keys of HAT's config.json, in camelCase; its sentences are segments of a fixed length. */
export interface HatConfig extends Omit<TypedEncoderConfig, 'maxPositionEmbeddings'> {
  /** Tokens of a segment; some files call it max_sentence_size. */
  readonly maxSentenceLength?: number | undefined;
  readonly maxSentenceSize?: number | undefined;
  /** Segments of the longest text. */
  readonly maxSentences: number;
  /** By the number of the layer: "0", "1", … */
  readonly encoderLayout: Readonly<Record<string, HatLayout>>;
}

// Its positions count within a segment, whatever max_position_embeddings says.
const { maxPositionEmbeddings: _, ...kinds } = typedEncoderKinds({ vocabSize: 30522, layerNormEps: 1e-12, padTokenId: 0 });

const schema = z.object({
  ...kinds,
  numHiddenLayers: z._default(layerCount(), 12),
  maxSentenceLength: z.optional(count()),
  maxSentenceSize: z.optional(count()),
  maxSentences: z._default(count(), 64),
  encoderLayout: z.record(z.string(), z.strictObject({ sentence_encoder: z.boolean(), document_encoder: z.boolean() })),
});

/**
 * Reads the config of a HAT: the content of config.json, or the same keys in camelCase. What is missing has the reference's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * const layer = { sentence_encoder: true, document_encoder: true };
 * hatConfig({ num_hidden_layers: 2, encoder_layout: { 0: layer, 1: layer } }).maxSentences; // => 64
 */
export function hatConfig(config: ConfigJson | Partial<HatConfig>): HatConfig {
  const read = readConfig('hatConfig', schema, config);
  const { numHiddenLayers, encoderLayout } = read;
  const missing = Array.from({ length: numHiddenLayers }, (_, at) => String(at)).find((at) => !Object.hasOwn(encoderLayout, at));
  if (missing === undefined) return read;
  throw new ConfigError({
    caller: 'hatConfig',
    problem: 'encoder_layout must say of each layer which encoders it has.',
    expected: `"0" … "${numHiddenLayers - 1}"  (num_hidden_layers ${numHiddenLayers})`,
    got: `none for "${missing}": ${Object.keys(encoderLayout).join(', ')}`,
    remedy: 'write { "0": { "sentence_encoder": true, "document_encoder": false }, … }.',
  });
}

/** Tokens of a segment. */
export const segmentLengthOf = ({ maxSentenceLength, maxSentenceSize }: HatConfig): number => maxSentenceLength ?? maxSentenceSize ?? 128;

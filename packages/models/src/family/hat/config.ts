import { ConfigError } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { activation, count, epsilon, type GeneralConfig, general, type HiddenActivation, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** Which encoders a layer has, under the names of the file. */
export interface HatLayout {
  readonly sentence_encoder: boolean;
  readonly document_encoder: boolean;
}

/** The keys of HAT's config.json, in camelCase; its sentences are segments of a fixed length. */
export interface HatConfig extends GeneralConfig, Unread {
  /** Tokens of a segment; some files call it max_sentence_size. */
  readonly maxSentenceLength?: number | undefined;
  readonly maxSentenceSize?: number | undefined;
  /** Segments of the longest text. */
  readonly maxSentences: number;
  /** By the number of the layer: "0", "1", … */
  readonly encoderLayout: Readonly<Record<string, HatLayout>>;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: HiddenActivation;
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
  readonly padTokenId: number;
  readonly classifierDropout?: number | undefined;
  readonly chunkSizeFeedForward: number;
  readonly positionEmbeddingType: 'absolute';
  readonly isDecoder: false;
}

const schema = z.object({
  ...general,
  maxSentenceLength: z.optional(count()),
  maxSentenceSize: z.optional(count()),
  maxSentences: z._default(count(), 64),
  encoderLayout: z.record(z.string(), z.strictObject({ sentence_encoder: z.boolean(), document_encoder: z.boolean() })),
  vocabSize: z._default(count(), 30522),
  hiddenSize: z._default(count(), 768),
  numHiddenLayers: z._default(count(1), 12),
  numAttentionHeads: z._default(count(), 12),
  intermediateSize: z._default(count(), 3072),
  hiddenAct: activation('gelu'),
  hiddenDropoutProb: rate(0.1),
  attentionProbsDropoutProb: rate(0.1),
  typeVocabSize: z._default(count(), 2),
  layerNormEps: epsilon(1e-12),
  padTokenId: z._default(count(0), 0),
  classifierDropout: z.optional(z.number().check(z.gte(0), z.lt(1))),
  chunkSizeFeedForward: z._default(count(0), 0),
  positionEmbeddingType: z._default(z.literal('absolute'), 'absolute'),
  isDecoder: z._default(z.literal(false), false),
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

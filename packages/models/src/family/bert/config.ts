import * as z from 'zod/mini';
import { activation, count, epsilon, type GeneralConfig, general, type HiddenActivation, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The keys of BERT's config.json, in camelCase. */
export interface BertConfig extends GeneralConfig, Unread {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: HiddenActivation;
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  readonly maxPositionEmbeddings: number;
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
  vocabSize: z._default(count(), 30522),
  hiddenSize: z._default(count(), 768),
  numHiddenLayers: z._default(count(0), 12),
  numAttentionHeads: z._default(count(), 12),
  intermediateSize: z._default(count(), 3072),
  hiddenAct: activation('gelu'),
  hiddenDropoutProb: rate(0.1),
  attentionProbsDropoutProb: rate(0.1),
  maxPositionEmbeddings: z._default(count(), 512),
  typeVocabSize: z._default(count(), 2),
  layerNormEps: epsilon(1e-12),
  padTokenId: z._default(count(0), 0),
  classifierDropout: z.optional(z.number().check(z.gte(0), z.lt(1))),
  chunkSizeFeedForward: z._default(count(0), 0),
  positionEmbeddingType: z._default(z.literal('absolute'), 'absolute'),
  isDecoder: z._default(z.literal(false), false),
});

/**
 * Reads the config of a BERT: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * bertConfig({ hidden_size: 384, num_hidden_layers: 6 }).hiddenSize; // => 384
 * bertConfig({ hiddenSize: 384 }).intermediateSize; // => 3072
 */
export const bertConfig = (config: ConfigJson | Partial<BertConfig>): BertConfig => readConfig('bertConfig', schema, config);

import * as z from 'zod/mini';
import { attentionWindows } from '../../config/attention-windows.ts';
import { activation, count, epsilon, type GeneralConfig, general, type HiddenActivation, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The keys of Longformer's config.json, in camelCase. */
export interface LongformerConfig extends GeneralConfig, Unread {
  /** Tokens of both sides together, for all layers or for each one. */
  readonly attentionWindow: number | readonly number[];
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
  /** What stands between a question and its text. */
  readonly sepTokenId: number;
  readonly chunkSizeFeedForward: number;
  readonly positionEmbeddingType: 'absolute';
  readonly isDecoder: false;
}

const schema = z.object({
  ...general,
  attentionWindow: z._default(z.union([z.number(), z.array(z.number())]), 512),
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
  padTokenId: z._default(count(0), 1),
  sepTokenId: z._default(count(0), 2),
  chunkSizeFeedForward: z._default(count(0), 0),
  positionEmbeddingType: z._default(z.literal('absolute'), 'absolute'),
  isDecoder: z._default(z.literal(false), false),
});

/**
 * Reads the config of a Longformer: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * longformerConfig({ attention_window: [32, 64], num_hidden_layers: 2 }).attentionWindow; // => [32, 64]
 * longformerConfig({}).attentionWindow; // => 512
 */
export function longformerConfig(config: ConfigJson | Partial<LongformerConfig>): LongformerConfig {
  const read = readConfig('longformerConfig', schema, config);
  windowsOf(read);
  return read;
}

/** The window of each layer. */
export const windowsOf = ({ attentionWindow, numHiddenLayers }: LongformerConfig): readonly number[] =>
  attentionWindows('longformerConfig', attentionWindow, numHiddenLayers);

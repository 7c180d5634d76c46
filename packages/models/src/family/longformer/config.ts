import * as z from 'zod/mini';
import { attentionWindows } from '../../config/attention-windows.ts';
import { count } from '../../config/kinds.ts';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { type TypedEncoderConfig, typedEncoderKinds } from '../../encoder/encoder-config.ts';

/** The keys of Longformer's config.json, in camelCase. */
export interface LongformerConfig extends Omit<TypedEncoderConfig, 'classifierDropout'> {
  /** Tokens of both sides together, for all layers or for each one. */
  readonly attentionWindow: number | readonly number[];
  /** What stands between a question and its text. */
  readonly sepTokenId: number;
}

// Its heads drop by hidden_dropout_prob, whatever classifier_dropout says.
const { classifierDropout: _, ...kinds } = typedEncoderKinds({ vocabSize: 30522, layerNormEps: 1e-12, padTokenId: 1 });

const schema = z.object({
  ...kinds,
  attentionWindow: z._default(z.union([z.number(), z.array(z.number())]), 512),
  sepTokenId: z._default(count(0), 2),
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

import * as z from 'zod/mini';
import { attentionWindows } from '../../config/attention-windows.ts';
import { activation, count, type GeneralConfig, general, type HiddenActivation, layerCount, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The keys of LED's config.json, in camelCase. */
export interface LedConfig extends GeneralConfig, Unread {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly maxEncoderPositionEmbeddings: number;
  readonly maxDecoderPositionEmbeddings: number;
  readonly encoderLayers: number;
  readonly encoderFfnDim: number;
  readonly encoderAttentionHeads: number;
  readonly decoderLayers: number;
  readonly decoderFfnDim: number;
  readonly decoderAttentionHeads: number;
  /** Tokens of both sides together, for all layers of the encoder or for each one. */
  readonly attentionWindow: number | readonly number[];
  readonly activationFunction: HiddenActivation;
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly activationDropout: number;
  readonly classifierDropout: number;
  readonly encoderLayerdrop: number;
  readonly decoderLayerdrop: number;
  readonly initStd: number;
  readonly padTokenId: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly decoderStartTokenId: number;
}

const schema = z.object({
  ...general,
  vocabSize: z._default(count(), 50265),
  dModel: z._default(count(), 1024),
  maxEncoderPositionEmbeddings: z._default(count(), 16384),
  maxDecoderPositionEmbeddings: z._default(count(), 1024),
  encoderLayers: z._default(layerCount(0), 12),
  encoderFfnDim: z._default(count(), 4096),
  encoderAttentionHeads: z._default(count(), 16),
  decoderLayers: z._default(layerCount(), 12),
  decoderFfnDim: z._default(count(), 4096),
  decoderAttentionHeads: z._default(count(), 16),
  attentionWindow: z._default(z.union([z.number(), z.array(z.number())]), 512),
  activationFunction: activation('gelu'),
  dropout: rate(0.1),
  attentionDropout: rate(0),
  activationDropout: rate(0),
  classifierDropout: rate(0),
  encoderLayerdrop: rate(0),
  decoderLayerdrop: rate(0),
  initStd: z._default(z.number().check(z.gte(0)), 0.02),
  padTokenId: z._default(count(0), 1),
  bosTokenId: z._default(count(0), 0),
  eosTokenId: z._default(count(0), 2),
  decoderStartTokenId: z._default(count(0), 2),
});

/**
 * Reads the config of an LED: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * ledConfig({ d_model: 768, attention_window: 1024 }).attentionWindow; // => 1024
 * ledConfig({ dModel: 768 }).decoderStartTokenId; // => 2
 */
export function ledConfig(config: ConfigJson | Partial<LedConfig>): LedConfig {
  const read = readConfig('ledConfig', schema, config);
  attentionWindows('ledConfig', read.attentionWindow, read.encoderLayers);
  return read;
}

import * as z from 'zod/mini';
import { activation, count, type GeneralConfig, general, type HiddenActivation, layerCount, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';
import { type MaskedConfig, maskKinds } from '../../encoder/attention-masks.ts';

/** The keys of DistilBERT's config.json, in camelCase. */
export interface DistilbertConfig extends GeneralConfig, MaskedConfig, Unread {
  readonly vocabSize: number;
  readonly maxPositionEmbeddings: number;
  /** How the table of positions was first filled; it stands in the checkpoint all the same. */
  readonly sinusoidalPosEmbds: boolean;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly dim: number;
  readonly hiddenDim: number;
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly activation: HiddenActivation;
  readonly qaDropout: number;
  readonly seqClassifDropout: number;
  readonly padTokenId: number;
  readonly chunkSizeFeedForward: number;
}

const schema = z.object({
  ...general,
  ...maskKinds,
  vocabSize: z._default(count(), 30522),
  maxPositionEmbeddings: z._default(count(), 512),
  sinusoidalPosEmbds: z._default(z.boolean(), false),
  nLayers: z._default(layerCount(0), 6),
  nHeads: z._default(count(), 12),
  dim: z._default(count(), 768),
  hiddenDim: z._default(count(), 3072),
  dropout: rate(0.1),
  attentionDropout: rate(0.1),
  activation: activation('gelu'),
  qaDropout: rate(0.1),
  seqClassifDropout: rate(0.2),
  padTokenId: z._default(count(0), 0),
  chunkSizeFeedForward: z._default(count(0), 0),
});

/**
 * Reads the config of a DistilBERT: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * distilbertConfig({ dim: 384, n_layers: 3 }).nLayers; // => 3
 */
export const distilbertConfig = (config: ConfigJson | Partial<DistilbertConfig>): DistilbertConfig =>
  readConfig('distilbertConfig', schema, config);

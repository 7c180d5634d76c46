import * as z from 'zod/mini';
import {
  count,
  epsilon,
  type GeneralConfig,
  gateActivation,
  general,
  type HiddenGateActivation,
  layerCount,
  rate,
} from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';
import { type MaskedConfig, maskKinds } from '../../encoder/attention-masks.ts';

/** The keys of ModernBERT's config.json, in camelCase. */
export interface ModernbertConfig extends GeneralConfig, MaskedConfig, Unread {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly hiddenActivation: HiddenGateActivation;
  /** What it was trained on; no table ends there. */
  readonly maxPositionEmbeddings: number;
  readonly normEps: number;
  readonly normBias: boolean;
  readonly padTokenId: number;
  readonly globalRopeTheta: number;
  readonly localRopeTheta: number;
  /** Every so many layers, from the first, one sees all tokens. */
  readonly globalAttnEveryNLayers: number;
  /** Tokens of both sides together that the others see. */
  readonly localAttention: number;
  readonly attentionBias: boolean;
  readonly attentionDropout: number;
  readonly embeddingDropout: number;
  readonly mlpBias: boolean;
  readonly mlpDropout: number;
  readonly decoderBias: boolean;
  readonly classifierPooling: 'cls' | 'mean';
  readonly classifierDropout: number;
  readonly classifierBias: boolean;
  readonly classifierActivation: HiddenGateActivation;
  /** Whether training makes logits of the labelled tokens alone. The loss is the same; here it never holds all logits at one time. */
  readonly sparsePrediction: boolean;
  /** The label of a token without a loss, where `sparsePrediction` is set; −100 otherwise. */
  readonly sparsePredIgnoreIndex: number;
}

const flag = (byDefault: boolean) => z._default(z.boolean(), byDefault);
const base = (byDefault: number) => z._default(z.number().check(z.gt(0)), byDefault);

const schema = z.object({
  ...general,
  ...maskKinds,
  vocabSize: z._default(count(), 50368),
  hiddenSize: z._default(count(), 768),
  intermediateSize: z._default(count(), 1152),
  numHiddenLayers: z._default(layerCount(0), 22),
  numAttentionHeads: z._default(count(), 12),
  hiddenActivation: gateActivation('gelu'),
  maxPositionEmbeddings: z._default(count(), 8192),
  normEps: epsilon(1e-5),
  normBias: flag(false),
  padTokenId: z._default(count(0), 50283),
  globalRopeTheta: base(160_000),
  localRopeTheta: base(10_000),
  globalAttnEveryNLayers: z._default(count(), 3),
  localAttention: z._default(count(0), 128),
  attentionBias: flag(false),
  attentionDropout: rate(0),
  embeddingDropout: rate(0),
  mlpBias: flag(false),
  mlpDropout: rate(0),
  decoderBias: flag(true),
  classifierPooling: z._default(z.enum(['cls', 'mean']), 'cls'),
  classifierDropout: rate(0),
  classifierBias: flag(false),
  classifierActivation: gateActivation('gelu'),
  sparsePrediction: flag(false),
  sparsePredIgnoreIndex: z._default(z.int(), -100),
});

/**
 * Reads the config of a ModernBERT: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * modernbertConfig({ local_attention: 64 }).localAttention; // => 64
 * modernbertConfig({}).globalRopeTheta; // => 160000
 */
export const modernbertConfig = (config: ConfigJson | Partial<ModernbertConfig>): ModernbertConfig =>
  readConfig('modernbertConfig', schema, config);

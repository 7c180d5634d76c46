import { ConfigError, show } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { activations, count, epsilon, type GeneralConfig, general, type HiddenActivation, layerCount, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The keys of LongT5's config.json that its encoder reads, in camelCase. */
export interface LongT5Config extends GeneralConfig, Unread {
  readonly vocabSize: number;
  readonly dModel: number;
  /** Features of a head. */
  readonly dKv: number;
  readonly dFf: number;
  readonly numLayers: number;
  readonly numHeads: number;
  /** Tokens on each side that a token sees. */
  readonly localRadius: number;
  /** Tokens that a global token is the sum of. */
  readonly globalBlockSize: number;
  readonly relativeAttentionNumBuckets: number;
  readonly relativeAttentionMaxDistance: number;
  readonly dropoutRate: number;
  readonly layerNormEpsilon: number;
  readonly initializerFactor: number;
  /** The activation, after `gated-` where there is a gate. */
  readonly feedForwardProj: string;
  readonly encoderAttentionType: 'local' | 'transient-global';
  readonly padTokenId: number;
}

const schema = z.object({
  ...general,
  vocabSize: z._default(count(), 32128),
  dModel: z._default(count(), 512),
  dKv: z._default(count(), 64),
  dFf: z._default(count(), 2048),
  numLayers: z._default(layerCount(), 6),
  numHeads: z._default(count(), 8),
  localRadius: z._default(count(), 127),
  globalBlockSize: z._default(count(), 16),
  relativeAttentionNumBuckets: z._default(count(4), 32),
  relativeAttentionMaxDistance: z._default(count(), 128),
  dropoutRate: rate(0.1),
  layerNormEpsilon: epsilon(1e-6),
  initializerFactor: z._default(z.number().check(z.gte(0)), 1),
  feedForwardProj: z._default(z.string(), 'relu'),
  encoderAttentionType: z._default(z.enum(['local', 'transient-global']), 'local'),
  padTokenId: z._default(count(0), 0),
});

/**
 * Reads the config of a LongT5: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * longT5Config({ d_model: 768, encoder_attention_type: 'transient-global' }).globalBlockSize; // => 16
 */
export function longT5Config(config: ConfigJson | Partial<LongT5Config>): LongT5Config {
  const read = readConfig('longT5Config', schema, config);
  feedForwardOf(read);
  return read;
}

/** The feed-forward layer that a config names. As in Hugging Face the gated gelu is the tanh approximation. */
export function feedForwardOf({ feedForwardProj }: LongT5Config): { readonly gated: boolean; readonly activation: HiddenActivation } {
  const gated = feedForwardProj.startsWith('gated-');
  const activation = feedForwardProj === 'gated-gelu' ? 'gelu_new' : feedForwardProj.slice(gated ? 'gated-'.length : 0);
  if (isActivation(activation)) return { gated, activation };
  throw new ConfigError({
    caller: 'longT5Config',
    problem: 'feed_forward_proj must be an activation, or gated- and one.',
    expected: Object.keys(activations)
      .flatMap((each) => [each, `gated-${each}`])
      .join(', '),
    got: show(feedForwardProj),
    remedy: "use 'gated-gelu', as the published checkpoints.",
  });
}

const isActivation = (name: string): name is HiddenActivation => Object.hasOwn(activations, name);

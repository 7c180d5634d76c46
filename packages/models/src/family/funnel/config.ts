import { ConfigError, show } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { activation, count, epsilon, type GeneralConfig, general, type HiddenActivation, layerCount, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';

/** The keys of Funnel's config.json, in camelCase. */
export interface FunnelConfig extends GeneralConfig {
  readonly vocabSize: number;
  readonly blockSizes: readonly number[];
  /** Once each where none are said. */
  readonly blockRepeats?: readonly number[] | undefined;
  readonly numDecoderLayers: number;
  readonly dModel: number;
  readonly nHead: number;
  readonly dHead: number;
  readonly dInner: number;
  readonly hiddenAct: HiddenActivation;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly activationDropout: 0;
  readonly initializerStd?: number | undefined;
  readonly layerNormEps: number;
  readonly poolingType: 'mean' | 'max';
  /** Both compute the same numbers. */
  readonly attentionType: 'relative_shift' | 'factorized';
  readonly separateCls: boolean;
  readonly truncateSeq: boolean;
  readonly poolQOnly: boolean;
  readonly padTokenId?: number | undefined;
}

const schema = z.looseObject({
  ...general,
  initializerRange: z._default(z.number().check(z.gte(0)), 0.1),
  vocabSize: z._default(count(), 30522),
  blockSizes: z._default(z.array(layerCount()), [4, 4, 4]),
  blockRepeats: z.optional(z.array(layerCount())),
  numDecoderLayers: z._default(layerCount(), 2),
  dModel: z._default(count(), 768),
  nHead: z._default(count(), 12),
  dHead: z._default(count(), 64),
  dInner: z._default(count(), 3072),
  hiddenAct: activation('gelu_new'),
  hiddenDropout: rate(0.1),
  attentionDropout: rate(0.1),
  activationDropout: z._default(z.literal(0), 0),
  initializerStd: z.optional(z.number().check(z.gte(0))),
  layerNormEps: epsilon(1e-9),
  poolingType: z._default(z.enum(['mean', 'max']), 'mean'),
  attentionType: z._default(z.enum(['relative_shift', 'factorized']), 'relative_shift'),
  separateCls: z._default(z.boolean(), true),
  truncateSeq: z._default(z.boolean(), true),
  poolQOnly: z._default(z.boolean(), true),
  padTokenId: z.optional(count(0)),
});

/**
 * Reads the config of a Funnel: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * funnelConfig({ block_sizes: [4, 4], d_model: 512 }).dModel; // => 512
 */
export function funnelConfig(config: ConfigJson | Partial<FunnelConfig>): FunnelConfig {
  const read = readConfig('funnelConfig', schema, config);
  const { blockSizes, blockRepeats = blockSizes } = read;
  if (blockSizes.length > 0 && blockSizes.length === blockRepeats.length) return read;
  throw new ConfigError({
    caller: 'funnelConfig',
    problem: 'block_sizes and block_repeats must have one number for each block, and there must be a block.',
    expected: 'one number for each block in both, at least one block',
    got: `block_sizes ${show(blockSizes)}, block_repeats ${show(blockRepeats)}`,
    remedy: "check config.json: it must belong to this family's checkpoint.",
  });
}

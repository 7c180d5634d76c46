import * as z from 'zod/mini';
import { count, epsilon, type GeneralConfig, general, layerCount, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

const ways = { down: ['average', 'linear', 'attention'], up: ['repeat', 'linear', 'attention'] } as const;

/** The keys of an Hourglass's config.json, in camelCase; they are those of trax's HourglassLM. */
export interface HourglassModelConfig extends GeneralConfig, Unread {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly dFf: number;
  readonly nHeads: number;
  /** Layers over the tokens themselves, before and after the shorter levels. */
  readonly vanillaLayers: readonly [before: number, after: number];
  /** A palindrome of `layers@total` words; the plain model where it is not given. */
  readonly hierarchy?: string | undefined;
  readonly downsampling: (typeof ways.down)[number];
  /** What makes the queries of an attention that pools. */
  readonly attentionDownsampling: 'average' | 'linear';
  readonly upsampling: (typeof ways.up)[number];
  readonly attentionUpsampling: 'repeat' | 'linear';
  /** Vectors before its own that a query attends to; all where it is not given. */
  readonly attentionWindow?: number | undefined;
  readonly dropout: number;
  readonly layerNormEps: number;
  /** 1: tokens are shifted right by one first, so that logits t predict token t. 0: they predict token t + 1. */
  readonly shiftRight: 0 | 1;
}

const schema = z.object({
  ...general,
  vocabSize: count(),
  dModel: z._default(count(), 512),
  dFf: z._default(count(), 2048),
  nHeads: z._default(count(), 8),
  vanillaLayers: z._default(z.tuple([layerCount(0), layerCount(0)]), [1, 1]),
  hierarchy: z.optional(z.string()),
  downsampling: z._default(z.enum(ways.down), 'attention'),
  attentionDownsampling: z._default(z.enum(['average', 'linear']), 'average'),
  upsampling: z._default(z.enum(ways.up), 'attention'),
  attentionUpsampling: z._default(z.enum(['repeat', 'linear']), 'linear'),
  attentionWindow: z.optional(count(0)),
  dropout: rate(0),
  layerNormEps: epsilon(1e-6),
  shiftRight: z._default(z.literal([0, 1]), 1),
});

/**
 * Reads the config of an Hourglass: the content of config.json, or the same keys in camelCase.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * hourglassConfig({ vocab_size: 256, hierarchy: '2@3', vanilla_layers: [2, 2] }).vanillaLayers; // => [2, 2]
 * hourglassConfig({ vocabSize: 256 }).dModel; // => 512
 */
export const hourglassConfig = (config: ConfigJson | Partial<HourglassModelConfig>): HourglassModelConfig =>
  readConfig('hourglassConfig', schema, config);

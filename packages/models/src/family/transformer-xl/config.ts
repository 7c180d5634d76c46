import { ConfigError } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { count, epsilon, type GeneralConfig, general, layerCount, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The keys of Transformer-XL's config.json, in camelCase. */
export interface TransformerXlConfig extends GeneralConfig, Unread {
  readonly vocabSize: number;
  /** First ids of the rarer clusters, ascending; without the vocabulary itself. */
  readonly cutoffs: readonly number[];
  readonly dModel: number;
  readonly dEmbed: number;
  readonly nHead: number;
  readonly dHead: number;
  readonly dInner: number;
  readonly divVal: number;
  readonly preLnorm: boolean;
  readonly nLayer: number;
  /** Tokens of each layer's memory. */
  readonly memLen: number;
  /** Distances above this one are encoded as it is, where it is above 0. */
  readonly clampLen: number;
  /** Whether every query attends to memLen keys, its own included. */
  readonly sameLength: boolean;
  readonly projShareAllButFirst: boolean;
  /** For each cluster whether its projection is the embedding's; by projShareAllButFirst where it is not said. */
  readonly tieProjs?: readonly boolean[] | undefined;
  readonly attnType: 0;
  readonly dropout: number;
  readonly dropatt: number;
  readonly untieR: boolean;
  readonly layerNormEpsilon: number;
  readonly eosTokenId: number;
}

const schema = z.object({
  ...general,
  vocabSize: z._default(count(), 267735),
  cutoffs: z._default(z.array(count()), [20000, 40000, 200000]),
  dModel: z._default(count(), 1024),
  dEmbed: z._default(count(), 1024),
  nHead: z._default(count(), 16),
  dHead: z._default(count(), 64),
  dInner: z._default(count(), 4096),
  divVal: z._default(count(), 4),
  preLnorm: z._default(z.boolean(), false),
  nLayer: z._default(layerCount(), 18),
  memLen: z._default(count(0), 1600),
  clampLen: z._default(z.int(), 1000),
  sameLength: z._default(z.boolean(), true),
  projShareAllButFirst: z._default(z.boolean(), true),
  tieProjs: z.optional(z.array(z.boolean())),
  attnType: z._default(z.literal(0), 0),
  dropout: rate(0.1),
  dropatt: rate(0),
  untieR: z._default(z.boolean(), true),
  layerNormEpsilon: epsilon(1e-5),
  eosTokenId: z._default(count(0), 0),
});

/**
 * Reads the config of a Transformer-XL: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's
 * default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * transformerXlConfig({ mem_len: 160, clamp_len: -1 }).memLen; // => 160
 * transformerXlConfig({ memLen: 160 }).dModel; // => 1024
 */
export function transformerXlConfig(config: ConfigJson | Partial<TransformerXlConfig>): TransformerXlConfig {
  const caller = 'transformerXlConfig';
  const read: TransformerXlConfig = readConfig(caller, schema, config);
  if (!read.sameLength || read.memLen > 0) return read;
  throw new ConfigError({
    caller,
    problem: 'mem_len must be at least 1 with same_length: each query attends to mem_len keys, its own included.',
    expected: 'mem_len from 1 on, or same_length false',
    got: 'mem_len 0, same_length true',
    remedy: 'set same_length: false to read segments without memory.',
  });
}

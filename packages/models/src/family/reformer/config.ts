import { ConfigError, show } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { activations, count, epsilon, type GeneralConfig, general, type HiddenActivation, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** What a layer attends by: tokens that hash alike, or chunks. */
export type ReformerAttentionKind = 'lsh' | 'local';

/** The keys of Reformer's config.json, in camelCase. */
export interface ReformerConfig extends Omit<GeneralConfig, 'tieWordEmbeddings'>, Unread {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numAttentionHeads: number;
  readonly attentionHeadSize: number;
  readonly feedForwardSize: number;
  readonly attnLayers: readonly ReformerAttentionKind[];
  readonly numHashes: number;
  /** One even number, or factors; by the length of each text where it is not given. */
  readonly numBuckets?: number | readonly number[] | undefined;
  readonly hashSeed?: number | undefined;
  readonly localAttnChunkLength: number;
  readonly lshAttnChunkLength: number;
  readonly localNumChunksBefore: number;
  readonly localNumChunksAfter: number;
  readonly lshNumChunksBefore: number;
  readonly lshNumChunksAfter: number;
  readonly axialPosEmbds: boolean;
  readonly axialPosShape: readonly [number, number];
  readonly axialPosEmbdsDim: readonly [number, number];
  readonly axialNormStd: number;
  readonly maxPositionEmbeddings: number;
  readonly hiddenAct: HiddenActivation | 'silu' | 'swish';
  readonly hiddenDropoutProb: number;
  readonly localAttentionProbsDropoutProb: number;
  readonly lshAttentionProbsDropoutProb: number;
  readonly layerNormEps: number;
  /** Tokens whose inner activation is there at one time; all where it is 0. */
  readonly chunkSizeFeedForward: number;
  readonly isDecoder: boolean;
  readonly padTokenId: number;
  readonly eosTokenId: number;
  readonly classifierDropout?: number | undefined;
  readonly tieWordEmbeddings: false;
}

const two = (least: number, byDefault: readonly [number, number]) =>
  z._default(z.tuple([count(least), count(least)]), [byDefault[0], byDefault[1]]);

const kinds = ['lsh', 'local'] as const;

const schema = z.object({
  ...general,
  vocabSize: z._default(count(), 320),
  hiddenSize: z._default(count(), 256),
  numAttentionHeads: z._default(count(), 12),
  attentionHeadSize: z._default(count(), 64),
  feedForwardSize: z._default(count(), 512),
  attnLayers: z._default(z.array(z.enum(kinds)).check(z.minLength(1)), ['local', 'lsh', 'local', 'lsh', 'local', 'lsh']),
  numHashes: z._default(count(), 1),
  numBuckets: z.optional(z.union([count(2), z.array(count(2))])),
  hashSeed: z.optional(z.int()),
  localAttnChunkLength: z._default(count(), 64),
  lshAttnChunkLength: z._default(count(), 64),
  localNumChunksBefore: z._default(count(0), 1),
  localNumChunksAfter: z._default(count(0), 0),
  lshNumChunksBefore: z._default(count(0), 1),
  lshNumChunksAfter: z._default(count(0), 0),
  axialPosEmbds: z._default(z.boolean(), true),
  axialPosShape: two(1, [64, 64]),
  axialPosEmbdsDim: two(1, [64, 192]),
  axialNormStd: z._default(z.number().check(z.gte(0)), 1),
  maxPositionEmbeddings: z._default(count(), 4096),
  hiddenAct: z._default(z.enum([...(Object.keys(activations) as HiddenActivation[]), 'silu', 'swish']), 'relu'),
  hiddenDropoutProb: rate(0.05),
  localAttentionProbsDropoutProb: rate(0.05),
  lshAttentionProbsDropoutProb: rate(0),
  layerNormEps: epsilon(1e-12),
  chunkSizeFeedForward: z._default(count(0), 0),
  isDecoder: z._default(z.boolean(), false),
  padTokenId: z._default(count(0), 0),
  eosTokenId: z._default(count(0), 2),
  classifierDropout: z.optional(z.number().check(z.gte(0), z.lt(1))),
  tieWordEmbeddings: z._default(z.literal(false), false),
});

/**
 * Reads the config of a Reformer: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * reformerConfig({ attn_layers: ['lsh', 'local'], num_hashes: 4 }).numHashes; // => 4
 * reformerConfig({ numHashes: 4 }).hiddenSize; // => 256
 */
export function reformerConfig(config: ConfigJson | Partial<ReformerConfig>): ReformerConfig {
  const read: ReformerConfig = readConfig('reformerConfig', schema, config);
  const [d1, d2] = read.axialPosEmbdsDim;
  if (!read.axialPosEmbds || d1 + d2 === read.hiddenSize) return read;
  throw new ConfigError({
    caller: 'reformerConfig',
    problem: 'axial_pos_embds_dim must sum to hidden_size.',
    expected: `two numbers whose sum is ${read.hiddenSize}`,
    got: show(read.axialPosEmbdsDim),
    remedy: 'set axial_pos_embds_dim, or axial_pos_embds: false for a table of all positions.',
  });
}

/** The shortest chunk of the layers that there are: texts of up to so many tokens are not filled up. */
export const shortestChunk = (config: ReformerConfig): number => Math.min(...chunksOf(config));

/** Whole chunks of every layer: longer texts are filled up to a multiple of so many tokens. */
export const commonChunk = (config: ReformerConfig): number => chunksOf(config).reduce((a, b) => (a / greatestDivisor(a, b)) * b);

const chunksOf = (config: ReformerConfig): readonly number[] => [
  ...new Set(config.attnLayers.map((kind) => (kind === 'lsh' ? config.lshAttnChunkLength : config.localAttnChunkLength))),
];

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

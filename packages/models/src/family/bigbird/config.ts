import * as z from 'zod/mini';
import { activation, count, epsilon, type GeneralConfig, general, type HiddenActivation, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The keys of BigBird's config.json, in camelCase. */
export interface BigBirdConfig extends GeneralConfig, Unread {
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
  /** What a question ends with. */
  readonly sepTokenId: number;
  readonly attentionType: 'block_sparse' | 'original_full';
  /** Whether queries, keys and values have biases. */
  readonly useBias: boolean;
  /** Whether words are multiplied by √hiddenSize. */
  readonly rescaleEmbeddings: boolean;
  readonly blockSize: number;
  readonly numRandomBlocks: number;
  readonly classifierDropout?: number | undefined;
  readonly chunkSizeFeedForward: number;
  readonly positionEmbeddingType: 'absolute';
  /** Whether no token attends to later ones. */
  readonly isDecoder: boolean;
  readonly addCrossAttention: false;
}

const schema = z.object({
  ...general,
  vocabSize: z._default(count(), 50358),
  hiddenSize: z._default(count(), 768),
  numHiddenLayers: z._default(count(0), 12),
  numAttentionHeads: z._default(count(), 12),
  intermediateSize: z._default(count(), 3072),
  hiddenAct: activation('gelu_new'),
  hiddenDropoutProb: rate(0.1),
  attentionProbsDropoutProb: rate(0.1),
  maxPositionEmbeddings: z._default(count(), 4096),
  typeVocabSize: z._default(count(), 2),
  layerNormEps: epsilon(1e-12),
  padTokenId: z._default(count(0), 0),
  sepTokenId: z._default(count(0), 66),
  attentionType: z._default(z.enum(['block_sparse', 'original_full']), 'block_sparse'),
  useBias: z._default(z.boolean(), true),
  rescaleEmbeddings: z._default(z.boolean(), false),
  blockSize: z._default(count(), 64),
  numRandomBlocks: z._default(count(0), 3),
  classifierDropout: z.optional(z.number().check(z.gte(0), z.lt(1))),
  chunkSizeFeedForward: z._default(count(0), 0),
  positionEmbeddingType: z._default(z.literal('absolute'), 'absolute'),
  isDecoder: z._default(z.boolean(), false),
  addCrossAttention: z._default(z.literal(false), false),
});

/**
 * Reads the config of a BigBird: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * bigBirdConfig({ block_size: 16 }).numRandomBlocks; // => 3
 */
export const bigBirdConfig = (config: ConfigJson | Partial<BigBirdConfig>): BigBirdConfig => readConfig('bigBirdConfig', schema, config);

/** The longest text that a block-sparse model attends to in full, as in Hugging Face: a longer one has room for all its blocks. */
export const longestFull = ({ blockSize, numRandomBlocks }: BigBirdConfig): number => (5 + 2 * numRandomBlocks) * blockSize;

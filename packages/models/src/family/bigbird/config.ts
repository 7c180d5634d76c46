import * as z from 'zod/mini';
import { activation, count } from '../../config/kinds.ts';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { type TypedEncoderConfig, typedEncoderKinds } from '../../encoder/encoder-config.ts';

/** The keys of BigBird's config.json, in camelCase. */
export interface BigBirdConfig extends Omit<TypedEncoderConfig, 'isDecoder'> {
  /** What a question ends with. */
  readonly sepTokenId: number;
  readonly attentionType: 'block_sparse' | 'original_full';
  /** Whether queries, keys and values have biases. */
  readonly useBias: boolean;
  /** Whether words are multiplied by √hiddenSize. */
  readonly rescaleEmbeddings: boolean;
  readonly blockSize: number;
  readonly numRandomBlocks: number;
  /** Whether no token attends to later ones. */
  readonly isDecoder: boolean;
  readonly addCrossAttention: false;
}

const schema = z.object({
  ...typedEncoderKinds({ vocabSize: 50358, layerNormEps: 1e-12, padTokenId: 0 }),
  hiddenAct: activation('gelu_new'),
  maxPositionEmbeddings: z._default(count(), 4096),
  sepTokenId: z._default(count(0), 66),
  attentionType: z._default(z.enum(['block_sparse', 'original_full']), 'block_sparse'),
  useBias: z._default(z.boolean(), true),
  rescaleEmbeddings: z._default(z.boolean(), false),
  blockSize: z._default(count(), 64),
  numRandomBlocks: z._default(count(0), 3),
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

import * as z from 'zod/mini';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { type DenseConfig, denseKinds } from '../../encoder/dense-encoder.ts';

/** The keys of RoBERTa's config.json, in camelCase. `maxPositionEmbeddings` counts rows: padTokenId + 1 more than a text may have tokens. */
export type RobertaConfig = DenseConfig;

const schema = z.object(denseKinds({ vocabSize: 50265, layerNormEps: 1e-12, padTokenId: 1 }));

/**
 * Reads the config of a RoBERTa: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * robertaConfig({ hidden_size: 384 }).padTokenId; // => 1
 */
export const robertaConfig = (config: ConfigJson | Partial<RobertaConfig>): RobertaConfig => readConfig('robertaConfig', schema, config);

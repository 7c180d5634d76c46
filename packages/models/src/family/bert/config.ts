import * as z from 'zod/mini';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { type DenseConfig, denseKinds } from '../../encoder/dense-encoder.ts';

/** The keys of BERT's config.json, in camelCase. */
export type BertConfig = DenseConfig;

const schema = z.object(denseKinds({ vocabSize: 30522, layerNormEps: 1e-12, padTokenId: 0 }));

/**
 * Reads the config of a BERT: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * bertConfig({ hidden_size: 384, num_hidden_layers: 6 }).hiddenSize; // => 384
 * bertConfig({ hiddenSize: 384 }).intermediateSize; // => 3072
 */
export const bertConfig = (config: ConfigJson | Partial<BertConfig>): BertConfig => readConfig('bertConfig', schema, config);

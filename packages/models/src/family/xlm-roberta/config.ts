import * as z from 'zod/mini';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { type DenseConfig, denseKinds } from '../../encoder/dense-encoder.ts';

/** The keys of XLM-R's config.json, in camelCase. `maxPositionEmbeddings` counts rows: padTokenId + 1 more than a text may have tokens. */
export type XlmRobertaConfig = DenseConfig;

const schema = z.object(denseKinds({ vocabSize: 30522, layerNormEps: 1e-12, padTokenId: 1 }));

/**
 * Reads the config of an XLM-R: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * xlmRobertaConfig({ vocab_size: 250002 }).hiddenSize; // => 768
 */
export const xlmRobertaConfig = (config: ConfigJson | Partial<XlmRobertaConfig>): XlmRobertaConfig =>
  readConfig('xlmRobertaConfig', schema, config);

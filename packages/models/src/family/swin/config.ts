import * as z from 'zod/mini';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { requireStages, type SwinKeys, swinKeys } from '../../image/swin-kinds.ts';

/** The keys of Swin's config.json, in camelCase. */
export interface SwinConfig extends SwinKeys {}

const schema = z.looseObject(swinKeys);

/**
 * Reads the config of a Swin: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * swinConfig({ embed_dim: 128, depths: [2, 2, 18, 2], num_heads: [4, 8, 16, 32] }).windowSize; // => 7
 */
export const swinConfig = (config: ConfigJson | Partial<SwinConfig>): SwinConfig =>
  requireStages('swinConfig', readConfig('swinConfig', schema, config));

import { ConfigError, isRecord, show } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../config/read-config.ts';
import { isPoolingMode, type PoolingMode, poolingModes } from './token-weights.ts';

/** How the texts of a checkpoint become vectors. */
export interface PoolingConfig {
  /** Features of a token; undefined where the file does not say. */
  readonly width: number | undefined;
  readonly modes: readonly PoolingMode[];
  /** Whether the tokens of a prompt count. */
  readonly includePrompt: boolean;
}

const caller = 'poolingConfig';

/** The flags of sentence-transformers up to 5, in the order of the modes. */
const flags: Readonly<Record<PoolingMode, string>> = {
  cls: 'pooling_mode_cls_token',
  max: 'pooling_mode_max_tokens',
  mean: 'pooling_mode_mean_tokens',
  mean_sqrt_len_tokens: 'pooling_mode_mean_sqrt_len_tokens',
  weightedmean: 'pooling_mode_weightedmean_tokens',
  lasttoken: 'pooling_mode_lasttoken',
};

/**
 * Reads the config of a pooling (1_Pooling/config.json): one flag for each mode, as sentence-transformers writes it up to version 5, or
 * `pooling_mode` with a name or a list of them, as version 6 does.
 * @throws ConfigError for another content, and where no mode is chosen
 * @example
 * poolingConfig({ word_embedding_dimension: 384, pooling_mode_mean_tokens: true }).modes; // => ['mean']
 * poolingConfig({ embedding_dimension: 384, pooling_mode: ['mean', 'cls'] }).modes; // => ['mean', 'cls']
 */
export function poolingConfig(config: ConfigJson): PoolingConfig {
  if (!isRecord(config)) throw wrong('the config must be a record.', 'the content of 1_Pooling/config.json', show(config));
  const { pooling_mode: named, embedding_dimension: dimension = config['word_embedding_dimension'] } = config;
  const { include_prompt: includePrompt = true } = config;
  if (typeof includePrompt !== 'boolean') throw wrong('include_prompt must be true or false.', 'true or false', show(includePrompt));
  if (dimension !== undefined && !(Number.isSafeInteger(dimension) && (dimension as number) >= 1))
    throw wrong('embedding_dimension must be an integer of at least 1.', 'the features of a token', show(dimension));
  const given = named === undefined ? flagged(config) : Array.isArray(named) ? named : [named];
  const unknown = given.slice(0, poolingModes.length).find((mode) => !isPoolingMode(mode)); // more are too many, whatever they are
  const isOnce = given.length <= poolingModes.length && new Set(given).size === given.length;
  if (given.length === 0 || unknown !== undefined || !isOnce)
    throw wrong('the config must choose modes of pooling, each once.', `one or more of ${poolingModes.join(', ')}`, show(named ?? given));
  return { width: dimension as number | undefined, modes: given as readonly PoolingMode[], includePrompt };
}

/** The other way round: flags, which every version reads, or names where their order is one that flags cannot say. */
export function poolingJson({ width, modes, includePrompt }: PoolingConfig): ConfigJson {
  const isFlagged = modes.every((mode, at) => at === 0 || poolingModes.indexOf(mode) > poolingModes.indexOf(modes[at - 1] as PoolingMode));
  if (!isFlagged) return { embedding_dimension: width, pooling_mode: modes, include_prompt: includePrompt };
  return {
    word_embedding_dimension: width,
    ...Object.fromEntries(poolingModes.map((mode) => [flags[mode], modes.includes(mode)])),
    include_prompt: includePrompt,
  };
}

function flagged(config: ConfigJson): readonly PoolingMode[] {
  const unknown = Object.keys(config).find((name) => name.startsWith('pooling_mode_') && !Object.values(flags).includes(name));
  if (unknown !== undefined && config[unknown] !== false)
    throw wrong('every mode must be one that is known.', Object.values(flags).join(', '), unknown);
  return poolingModes.filter((mode) => {
    const flag = config[flags[mode]] ?? false;
    if (typeof flag !== 'boolean') throw wrong(`${flags[mode]} must be true or false.`, 'true or false', show(flag));
    return flag;
  });
}

const wrong = (problem: string, expected: string, got: string): ConfigError =>
  new ConfigError({ caller, problem, expected, got, remedy: "check 1_Pooling/config.json: it must be sentence-transformers'." });

import type { Key } from '@longspan/core-tensor';
import { ConfigError, requireKind } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { count } from '../config/kinds.ts';
import { type ConfigJson, readConfig, snakeCase } from '../config/read-config.ts';
import type { GenerateOptions } from './options.ts';
import { forcedFirstToken, forcedLastToken } from './processor/forced-token.ts';
import { minimumLength, minimumTokens } from './processor/minimum-tokens.ts';
import { noRepeatNgrams } from './processor/no-repeat-ngrams.ts';
import type { LogitsProcessor } from './processor/processor.ts';
import { repetitionPenalty } from './processor/repetition-penalty.ts';
import { beamSearch } from './search/beam.ts';
import { greedy } from './search/greedy.ts';
import { sample } from './search/sample.ts';
import type { Search } from './search/search.ts';

const integer = count(0);
const token = z.optional(integer);

const schema = z.object({
  maxNewTokens: z.optional(integer),
  maxLength: z.optional(integer),
  minNewTokens: z.optional(integer),
  minLength: z._default(integer, 0),
  doSample: z._default(z.boolean(), false),
  temperature: z._default(z.number().check(z.gt(0)), 1),
  topK: z._default(integer, 50),
  topP: z._default(z.number().check(z.gte(0), z.lte(1)), 1),
  repetitionPenalty: z._default(z.number().check(z.gt(0)), 1),
  noRepeatNgramSize: z._default(integer, 0),
  numBeams: z._default(count(1), 1),
  numReturnSequences: z._default(count(1), 1),
  lengthPenalty: z._default(z.number(), 1),
  earlyStopping: z._default(z.union([z.boolean(), z.literal('never')]), false),
  eosTokenId: z.optional(z.union([integer, z.array(integer)])),
  padTokenId: token,
  forcedBosTokenId: token,
  forcedEosTokenId: token,
});

type GenerationConfig = z.output<typeof schema>;

/** Says nothing about which tokens are chosen. */
const silent = new Set([
  'bos_token_id',
  'decoder_start_token_id',
  'use_cache',
  'transformers_version',
  'return_dict_in_generate',
  'output_scores',
]);

/**
 * The options that a generation_config.json of Hugging Face stands for, in its order of processors: repetition penalty, n-grams, shortest
 * length, forced tokens.
 * @param json its content, or the same keys in camelCase
 * @param key where do_sample draws from
 * @throws ConfigError for a value that is not possible, and for a key that means something which is not here: nothing is left out in silence
 * @cost no tensor operations
 * @source GenerationConfig of Hugging Face transformers 4.57
 * @example
 * generationOptions({ num_beams: 4, max_new_tokens: 20, eos_token_id: 2 }).search.rows; // => 4
 */
export function generationOptions(json: ConfigJson, key?: Key): GenerateOptions {
  const config = readConfig('generationOptions', schema, json);
  if (key !== undefined) requireKind('generationOptions', 'key', key, 'key');
  requireAllRead(config.unread ?? {});
  const ends = config.eosTokenId;
  const { minLength, minNewTokens = 0, forcedBosTokenId, forcedEosTokenId } = config;
  const processors: readonly LogitsProcessor[] = [
    ...(config.repetitionPenalty === 1 ? [] : [repetitionPenalty(config.repetitionPenalty)]),
    ...(config.noRepeatNgramSize === 0 ? [] : [noRepeatNgrams(config.noRepeatNgramSize)]),
    ...(minLength === 0 || ends === undefined ? [] : [minimumLength(minLength, ends)]),
    ...(minNewTokens === 0 || ends === undefined ? [] : [minimumTokens(minNewTokens, ends)]),
    ...(forcedBosTokenId === undefined ? [] : [forcedFirstToken(forcedBosTokenId)]),
    ...(forcedEosTokenId === undefined ? [] : [forcedLastToken(forcedEosTokenId)]),
  ];
  const given = { maxNewTokens: config.maxNewTokens, maxLength: config.maxLength, endTokens: ends, padToken: config.padTokenId };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    processors,
    search: searchOf(config, key),
  };
}

function searchOf(config: GenerationConfig, key: Key | undefined): Search {
  const { numBeams, numReturnSequences: returned, doSample } = config;
  if (doSample && numBeams > 1) {
    throw new ConfigError({
      caller: 'generationOptions',
      problem: 'do_sample must be false with several beams.',
      expected: 'do_sample, or num_beams above 1',
      got: `do_sample true, num_beams ${numBeams}`,
      remedy: 'set num_beams: 1 to draw, do_sample: false to search.',
    });
  }
  if (numBeams > 1)
    return beamSearch({ beams: numBeams, lengthPenalty: config.lengthPenalty, earlyStopping: config.earlyStopping, returned });
  if (!doSample) return greedy();
  requireKind('generationOptions', 'key', key, 'key');
  const { temperature, topK, topP } = config;
  return sample({
    key: key as Key,
    temperature: temperature === 1 ? undefined : temperature,
    topK: topK === 0 ? undefined : topK,
    topP: topP === 1 ? undefined : topP,
    returned,
  });
}

function requireAllRead(unread: ConfigJson): void {
  const unknown = Object.keys(unread).find((name) => !silent.has(name) && !name.startsWith('_'));
  if (unknown === undefined) return;
  throw new ConfigError({
    caller: 'generationOptions',
    problem: 'every key must be one that generation knows.',
    expected: Object.keys(schema.shape).map(snakeCase).join(', '),
    got: unknown,
    remedy: `leave ${unknown} out, or write it as a processor: (scores, { tokens }) => scores.`,
  });
}

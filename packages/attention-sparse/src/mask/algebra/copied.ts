import { ConfigError, show } from '@longspan/core-tensor/error';

/** Lists within lists that the JSON of one mask may hold. */
const MOST_LISTS = 64;

/**
 * Data as JSON has it, of which nobody else holds a part.
 * @throws ConfigError when lists or records lie deeper within each other than any mask's do
 */
export function copied<Data>(data: Data, depth = 0): Data {
  if (data === null || typeof data === 'string' || typeof data === 'boolean' || Number.isFinite(data)) return data;
  if (typeof data !== 'object') {
    throw new ConfigError({
      caller: 'mask',
      problem: 'json must hold what JSON has.',
      expected: 'numbers, texts, true, false, null, and lists and records of them',
      got: show(data),
      remedy: 'leave json out: the mask works everywhere but in files.',
    });
  }
  if (depth === MOST_LISTS) {
    throw new ConfigError({
      caller: 'mask',
      problem: `json must hold lists at most ${MOST_LISTS} deep.`,
      expected: "{ kind, … }, with the mask's own numbers",
      got: 'lists or records deeper within each other',
      remedy: 'leave json out: the mask works everywhere but in files.',
    });
  }
  if (Array.isArray(data)) return data.map((each: unknown) => copied(each, depth + 1)) as Data;
  return Object.fromEntries(Object.entries(data).map(([name, each]) => [name, copied(each, depth + 1)])) as Data;
}

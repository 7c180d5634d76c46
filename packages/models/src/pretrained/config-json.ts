import { ConfigError, isRecord, nearestNames } from '@longspan/core-tensor/error';
import { general } from '../config/kinds.ts';
import { type ConfigJson, camelCase, snakeCase, type Unread } from '../config/read-config.ts';
import type { Family } from './family.ts';

/** A config.json with some keys changed, which may be in camelCase. The names of the labels go where their number changes. */
export function withChanges(json: ConfigJson, changes: Readonly<Record<string, unknown>>): ConfigJson {
  const wanted = new Map(Object.entries(changes).map(([key, value]) => [camelCase(key), value]));
  const labels = wanted.get('numLabels');
  const names = json['id2label'];
  const isOtherCount = labels !== undefined && typeof names === 'object' && names !== null && Object.keys(names).length !== labels;
  const isOther = (key: string): boolean =>
    wanted.has(camelCase(key)) || (key === 'id2label' && isOtherCount) || (key === 'label2id' && (isOtherCount || wanted.has('id2label')));
  const kept = Object.entries(json).filter(([key]) => !isOther(key));
  return Object.fromEntries([...kept, ...[...wanted].map(([key, value]) => [snakeCase(key), value] as const)]);
}

/**
 * A key that was given by hand and that the family does not know would change nothing: an error, unless config.json itself has that key.
 * @param config what the family read of the two together
 */
export function requireKnownChanges(
  caller: string,
  changes: Readonly<Record<string, unknown>>,
  { json, config }: { readonly json: ConfigJson; readonly config: Unread },
): void {
  const { unread = {}, ...read } = config;
  const inFile = new Set(['label2id', ...Object.keys(json)].map(camelCase)); // transformers reads label2id; models do without
  for (const name of Object.keys(changes)) {
    const key = camelCase(name);
    if (inFile.has(key) || !Object.hasOwn(unread, snakeCase(key))) continue;
    const known = [...new Set([...Object.keys(read), ...Object.keys(general)])];
    const nearest = nearestNames(key, known).map((each) => (name.includes('_') ? snakeCase(each) : each));
    throw new ConfigError({
      caller,
      problem: 'every key of config must be one that the family knows.',
      expected: nearest.join(', '),
      got: name,
      remedy: `did you mean ${nearest[0]}? Else leave ${name} out: keys that nobody here reads may stand in config.json alone.`,
    });
  }
}

/**
 * The config.json of a model: what stood in the file that it came from stays as it stood, unknown keys too; what was changed since is
 * written anew, under Hugging Face's names.
 */
export function configJson(
  family: Family,
  { config, json, head, dtype }: { readonly config: object; readonly json: ConfigJson; readonly head: string; readonly dtype: string },
): ConfigJson {
  const before = new Map(Object.entries(Object.keys(json).length === 0 ? {} : family.config(json)));
  const keys = new Map(Object.keys(json).map((key) => [camelCase(key), key]));
  const { unread = {}, ...read }: Unread & ConfigJson = { ...config };
  const changed = Object.entries(read).flatMap(([key, value]) =>
    value === undefined || (before.has(key) && isEqual(before.get(key), value)) ? [] : [[keys.get(key) ?? snakeCase(key), value] as const],
  );
  const architecture = Object.entries(family.architectures).find(([, each]) => each === head)?.[0];
  const all: ConfigJson = { ...json, ...unread, ...Object.fromEntries(changed) };
  const { torch_dtype: _, ...made } = all; // what transformers before 4.56 called dtype
  return {
    ...made,
    ...numbersOfLabels(made),
    ...(architecture === undefined ? {} : { architectures: [architecture] }),
    model_type: family.modelType,
    dtype,
  };
}

/** label2id, which transformers reads beside id2label and does not make of it. */
function numbersOfLabels({ id2label, label2id }: ConfigJson): ConfigJson {
  if (!isRecord(id2label) || (label2id !== undefined && label2id !== null)) return {};
  return { label2id: Object.fromEntries(Object.entries(id2label).map(([number, label]) => [label, Number(number)])) };
}

/** Of what JSON can hold. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [ofA, ofB] = [Object.entries(a), new Map(Object.entries(b))];
  return ofA.length === ofB.size && ofA.every(([key, value]) => ofB.has(key) && isEqual(value, ofB.get(key)));
}

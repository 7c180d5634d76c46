import { ConfigError, isList, isRecord, nearestNames, owned, show } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';

/** A config as its file has it: the keys of Hugging Face, in snake_case. */
export type ConfigJson = Readonly<Record<string, unknown>>;

const capital = /_([a-z0-9])/g;

/** hidden_size → hiddenSize; a name that begins with an underscore stays as it is, and so do the keys of records within. */
export const camelCase = (name: string): string =>
  name.startsWith('_') ? name : name.replace(capital, (_, letter: string) => letter.toUpperCase());

/** The other way round, for the names that `camelCase` makes. */
export const snakeCase = (name: string): string =>
  name.startsWith('_') ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What a config holds besides what the family reads. */
export interface Unread {
  /** The keys of the file that nothing here reads, as they stand there: `savePretrained` writes them back. */
  readonly unread?: ConfigJson | undefined;
}

/**
 * Reads a config by its schema: keys in snake_case, as in config.json, or in camelCase. What is missing has the family's default; keys of a
 * file that the family does not know are kept as `unread`, a name in camelCase that it does not know is an error.
 * @throws ConfigError that names the key, what it must be and what came
 */
export function readConfig<Shape extends z.core.$ZodShape>(
  caller: string,
  schema: z.ZodMiniObject<Shape>,
  config: unknown,
): z.output<z.ZodMiniObject<Shape>> & Unread {
  if (!isRecord(config)) {
    throw new ConfigError({
      caller,
      problem: 'the config must be a record.',
      expected: "the content of a checkpoint's config.json, or the same keys in camelCase",
      got: show(config),
      remedy: 'write JSON.parse(text) where the file is at hand.',
    });
  }
  const known: Record<string, unknown> = {};
  const unread: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    if (name === 'unread' && isRecord(value)) Object.assign(unread, owned(value));
    else if (value === null || value === undefined)
      continue; // null is how Python writes "not given"
    else if (Object.hasOwn(schema.shape, camelCase(name))) known[camelCase(name)] = wholeLists(caller, camelCase(name), value);
    else if (/[A-Z]/.test(name) && !name.startsWith('_')) throw unknownName(caller, name, Object.keys(schema.shape));
    else unread[name] = owned(value);
  }
  const result = z.safeParse(schema, known);
  if (!result.success) throw unfit(caller, result.error.issues[0] as z.core.$ZodIssue, known);
  return Object.keys(unread).length === 0 ? result.data : { ...result.data, unread };
}

/** More than any model has layers: the entries of a list are looked at one by one, those that are left out too. */
const mostEntries = 2 ** 16;

/** A value as it is, if the lists in it are. */
function wholeLists<Value>(caller: string, name: string, value: Value, levels = 4): Value {
  if (levels === 0 || (!Array.isArray(value) && !isRecord(value))) return value;
  if (Array.isArray(value) && (value.length > mostEntries || !isList(value))) {
    throw new ConfigError({
      caller,
      problem: `${name} must be a list of at most ${mostEntries} entries, none of them left out.`,
      expected: `${snakeCase(name)} of config.json: at most ${mostEntries} entries`,
      got: value.length > mostEntries ? `${value.length} entries` : show(value),
      remedy: "check the config: it must be one of this family's.",
    });
  }
  for (const each of Object.values(value)) wholeLists(caller, name, each, levels - 1);
  return value;
}

function unknownName(caller: string, name: string, names: readonly string[]): ConfigError {
  const nearest = nearestNames(name, names);
  return new ConfigError({
    caller,
    problem: 'every name of the config must be one that the family knows.',
    expected: nearest.join(', '),
    got: name,
    remedy: `did you mean ${nearest[0]}? Else leave ${name} out.`,
  });
}

function unfit(caller: string, issue: z.core.$ZodIssue, config: ConfigJson): ConfigError {
  const name = issue.path.map(String).join('.');
  return new ConfigError({
    caller,
    problem: `${name} must be ${expectedOf(issue)}.`,
    expected: `${snakeCase(name)} of config.json: ${expectedOf(issue)}`,
    got: show(valueAt(config, issue.path)),
    remedy: "check the config: it must be one of this family's.",
  });
}

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(', ');
    case 'too_small':
      return `${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`;
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    default:
      return 'what the family knows';
  }
}

const kinds: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  record: 'a record',
  object: 'a record',
};

const valueAt = (config: ConfigJson, path: readonly PropertyKey[]): unknown =>
  path.reduce((value: unknown, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), config);

import { ConfigError, isRecord, show } from '@longspan/core-tensor/error';
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

/**
 * Reads a config by its schema: keys in snake_case, as in config.json, or in camelCase. What is missing has the family's default; what the
 * schema does not know is kept, for `savePretrained` to write it back.
 * @throws ConfigError that names the key, what it must be and what came
 */
export function readConfig<Schema extends z.ZodMiniType>(caller: string, schema: Schema, config: unknown): z.output<Schema> {
  if (!isRecord(config)) {
    throw new ConfigError({
      caller,
      problem: 'the config must be a record.',
      expected: "the content of a checkpoint's config.json, or the same keys in camelCase",
      got: show(config),
      remedy: 'write JSON.parse(text) where the file is at hand.',
    });
  }
  // null is how Python writes "not given".
  const given = Object.entries(config).filter(([, value]) => value !== null && value !== undefined);
  const result = z.safeParse(schema, Object.fromEntries(given.map(([name, value]) => [camelCase(name), value])));
  if (result.success) return result.data;
  const issue = result.error.issues[0] as (typeof result.error.issues)[number];
  const path = issue.path.map(String).join('.');
  throw new ConfigError({
    caller,
    problem: `${snakeCase(path)} must be what the family knows.`,
    expected: expectedOf(issue),
    got: show(valueAt(config, issue.path)),
    remedy: "check config.json: it must belong to this family's checkpoint.",
  });
}

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(', ');
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_type':
      return `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    default:
      return issue.message;
  }
}

function valueAt(config: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): unknown {
  const camel = Object.fromEntries(Object.entries(config).map(([name, value]) => [camelCase(name), value]));
  return path.reduce((value: unknown, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), camel);
}

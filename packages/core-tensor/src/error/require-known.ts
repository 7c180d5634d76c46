import { ConfigError } from './config-error.ts';
import { isRecord, type OptionKind, requireKind } from './require-kind.ts';
import { show } from './show.ts';
import { typeName } from './type-name.ts';
import { type Elsewhere, meant } from './written-elsewhere.ts';

/** By its form, for masks are made in another package. */
const isMask = (value: object): value is { readonly name: string } =>
  ['allows', 'cover'].every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function');

/**
 * Checks that options are a record that has no names but those that are known: a misspelt option is an error, never ignored, and so is
 * null. Undefined stands for an option that is left out.
 * @param caller the function that was called, for the message
 * @param options what came
 * @param names those that it knows, as a list, or as a record that the compiler keeps complete: of each the kind that it must be, or true
 *   where its own check follows
 * @param elsewhere what other libraries call them, and how that is written here
 * @throws ConfigError that names the first unknown one, and the one most like it; for a mask instead of options, that it belongs into them
 * @example
 * requireKnown('sparseAttention', { scale: 1 }, ['mask', 'scale']); // => undefined
 */
export function requireKnown<Options extends object>(
  caller: string,
  options: Options,
  names: readonly string[] | Readonly<Record<keyof Options, true | OptionKind>>,
  elsewhere: Elsewhere = {},
): void {
  const kinds: Readonly<Record<string, true | OptionKind>> = Array.isArray(names)
    ? {}
    : (names as Readonly<Record<string, true | OptionKind>>);
  const known: readonly string[] = Array.isArray(names) ? (names as readonly string[]) : Object.keys(names);
  if (!isRecord(options)) {
    throw new ConfigError({
      caller,
      problem: 'options must be given as a record.',
      expected: `{ ${known.join(', ')} }`,
      got: inherits(options) ? `${show(options)}, an object with fields on its prototype` : show(options),
      remedy: inherits(options)
        ? `write its fields out: { ${known[0]}: options.${known[0]}, … }; those of a prototype are lost where options are copied.`
        : `write { ${known[0]}: … }.`,
    });
  }
  for (const [name, value] of Object.entries(options)) {
    if (known.includes(name)) {
      const kind = kinds[name] ?? true;
      if (value === null) throw givenAsNull(caller, name);
      if (kind !== true && value !== undefined) requireKind(caller, name, value, kind);
      continue;
    }
    if (known.includes('mask') && isMask(options)) {
      throw new ConfigError({
        caller,
        problem: 'a mask must be given as an option.',
        expected: '{ mask }',
        got: `the mask itself: ${options.name}`,
        remedy: 'give { mask }.',
      });
    }
    throw new ConfigError({
      caller,
      problem: `every option must be one of those that ${caller} knows.`,
      expected: known.length === 0 ? 'no options' : known.join(', '),
      got: name,
      remedy: known.length === 0 ? `leave ${name} out.` : `${meant(name, known, elsewhere)} Else leave ${name} out.`,
    });
  }
}

/** An object that was made by a class or from another one. */
const inherits = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && typeName(options) === 'Object' && !isRecord(options) && !('dataId' in options);

const givenAsNull = (caller: string, name: string): ConfigError =>
  new ConfigError({
    caller,
    problem: `${name} must be given a value, or be left out.`,
    expected: 'a value, or nothing',
    got: 'null',
    remedy: `leave ${name} out, or write undefined.`,
  });

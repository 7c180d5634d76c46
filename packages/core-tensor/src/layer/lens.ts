import { ConfigError } from '../error/index.ts';
import { nearestNames } from '../error/nearest-names.ts';

/** A record from below a prefix on: nothing is copied, however deep. */
export interface Lens<Value> {
  /** Whom an error names: the layer that the user called and, in brackets, the part of it. */
  readonly caller: string;
  /** @throws ConfigError, with the names most like it, where there is none */
  get(name: string): Value;
  find(name: string): Value | undefined;
  /** All that stands below, under the rest of its names. Reads every name of the record. */
  record(): Readonly<Record<string, Value>>;
  below(prefix: string): Lens<Value>;
}

/**
 * Reads a record under dotted names.
 * @param what a value is called in an error: 'parameter'
 */
export function lens<Value>(caller: string, what: string, record: Readonly<Record<string, Value>>, path = ''): Lens<Value> {
  const start = path === '' ? '' : `${path}.`;
  const find = (name: string): Value | undefined => (Object.hasOwn(record, start + name) ? record[start + name] : undefined);
  return {
    caller: path === '' ? caller : `${caller} (${path})`,
    find,
    get(name) {
      const found = find(name);
      if (found === undefined) throw missing(caller, what, start + name, Object.keys(record));
      return found;
    },
    record: () =>
      Object.fromEntries(
        Object.entries(record).flatMap(([name, value]) => (name.startsWith(start) ? [[name.slice(start.length), value]] : [])),
      ),
    below: (prefix) => lens(caller, what, record, start + prefix),
  };
}

export function missing(caller: string, what: string, name: string, names: readonly string[]): ConfigError {
  const near = nearestNames(name, names);
  return new ConfigError({
    caller,
    problem: `the ${what} ${name} must be given.`,
    expected: what === 'state' ? `a state with ${name}` : `a tensor under ${name}`,
    got: names.length === 0 ? `no ${what}s` : `${near.join(', ')}${names.length > near.length ? `, … (${names.length} names)` : ''}`,
    remedy:
      what === 'state'
        ? 'pass the state of the last result as it is, with as many batch rows.'
        : 'give the record of init(key), or of a checkpoint of this family below its prefix: scoped(prefix, parameters).',
  });
}

import { ConfigError, show } from '@longspan/core-tensor/error';

/** A text of any length: a string, a File or another Blob (UTF-8), or strings one after the other. */
export type TextSource = string | Blob | Iterable<string> | AsyncIterable<string>;

const chunkBytes = 2 ** 20;

/** The strings of a source, in order. */
export async function* stringsOf(caller: string, source: TextSource): AsyncIterable<string> {
  if (typeof source === 'string') {
    yield source;
    return;
  }
  if (isBlob(source)) {
    // As text() reads it: without a mark of byte order, and with U+FFFD for what is no UTF-8.
    const decoder = new TextDecoder();
    for (let at = 0; at < source.size; at += chunkBytes) {
      yield decoder.decode(await source.slice(at, at + chunkBytes).arrayBuffer(), { stream: true });
    }
    yield decoder.decode();
    return;
  }
  if (!isStrings(source)) throw notText(caller, source);
  for await (const each of source) {
    if (typeof each !== 'string') throw notText(caller, each);
    yield each;
  }
}

/** Characters of the whole, where that is known before: bytes of a Blob are at least as many. */
export const sizeOf = (source: TextSource): number | undefined =>
  typeof source === 'string' ? source.length : isBlob(source) ? source.size : undefined;

const has = (value: unknown, name: PropertyKey): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function';

const isBlob = (value: unknown): value is Blob => has(value, 'arrayBuffer') && has(value, 'slice');

const isStrings = (value: unknown): value is Iterable<string> | AsyncIterable<string> =>
  has(value, Symbol.asyncIterator) || has(value, Symbol.iterator);

const notText = (caller: string, got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a text must be given as strings.',
    expected: 'a string, a File or Blob, or an (async) iterable of strings',
    got: show(got),
    remedy: 'decode bytes first: new Blob([bytes]), or new TextDecoder().decode(bytes).',
  });

import { ConfigError, isList, show, typeName } from '@longspan/core-tensor/error';

/** A piece of a text: characters, or bytes of UTF-8. */
export type TextChunk = string | Uint8Array;

/** A text, whole or in pieces: a stream of Node or of a page is one, and so is a Blob or a File. */
export type TextSource = string | Uint8Array | Blob | Iterable<TextChunk> | AsyncIterable<TextChunk>;

const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && (value as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT === 1 && isList(value);

const isBlob = (value: object): value is Blob => 'stream' in value && typeof value.stream === 'function';

/** The pieces of a source, whatever it is. */
export async function* chunksOfText(caller: string, source: TextSource): AsyncGenerator<TextChunk> {
  for await (const chunk of piecesOf(caller, source)) {
    requirePiece(caller, chunk);
    yield chunk;
  }
}

function requirePiece(caller: string, chunk: unknown): asserts chunk is TextChunk {
  if (typeof chunk === 'string' || isBytes(chunk)) return;
  throw notText(caller, 'every piece of source must be text or bytes.', chunk);
}

/** Throws unless it is a source, and a list one of pieces: before the first piece is asked for. */
export function requireTextSource(caller: string, source: TextSource): void {
  piecesOf(caller, source);
  if (Array.isArray(source)) for (const chunk of source) requirePiece(caller, chunk);
}

function piecesOf(caller: string, source: TextSource): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof source === 'string' || isBytes(source)) return [source];
  if (typeof source === 'object' && source !== null) {
    if (isBlob(source)) return piecesOfStream(source.stream());
    if (isList(source) && !Array.isArray(source)) throw notText(caller, 'source must be text or bytes.', source);
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return source;
    if (typeName(source) === 'ReadableStream') return piecesOfStream(source as ReadableStream<Uint8Array>);
  }
  throw notText(caller, 'source must be text or bytes, whole or in pieces.', source);
}

/** Not all browsers let streams be iterated. */
async function* piecesOfStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

const notText = (caller: string, problem: string, got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem,
    expected: 'strings, Uint8Arrays, a Blob, or a stream of them',
    got: show(got),
    remedy: 'open the file: createReadStream(path) in Node, (await fetch(url)).body in a page.',
  });

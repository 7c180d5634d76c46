import { ConfigError, show, typeName } from '@longspan/core-tensor/error';
import { warnOnce } from '../../encoder/warn-once.ts';

/** A document: its text, a file of it in UTF-8, or what gives it piece by piece. */
export type DocumentSource = string | Blob | AsyncIterable<string | Uint8Array>;

/** UTF-16 code units of the longest text that every engine can hold in one string (V8: 2^29 − 24). */
const mostCharacters = 536_870_888;

/**
 * The whole text of a document, as it is: no character is changed, a byte order mark of a file is taken off, as every reader does.
 * @throws ConfigError for what is none of these; for bytes that are not UTF-8; for more than one string can hold
 * @cost one string of the text
 */
export async function readSource(caller: string, source: DocumentSource, signal?: AbortSignal): Promise<string> {
  if (typeof source === 'string') {
    if (source.startsWith(pdfMark)) throw isPdf(caller);
    if (isFileName(source))
      warnOnce(`${caller}: the document is the text ${show(source)} itself; the file of that name is read by createReadStream(path).`);
    return source;
  }
  if (isBlob(source)) {
    if (source.size > mostBytes) throw tooLong(caller, `${source.size} bytes`);
    return joined(caller, bytesOf(source), signal);
  }
  if (isIterable(source)) return joined(caller, source, signal);
  throw new ConfigError({
    caller,
    problem: 'document must be a text, a file, or pieces of a text.',
    expected: 'a string, a File or Blob, or an async iterable of strings or Uint8Arrays',
    got: show(source),
    remedy: 'give the text itself, or what a file picker or createReadStream(path) gives.',
  });
}

/** A text that is nothing but a file's name is hardly meant, yet it may be. */
const isFileName = (text: string): boolean =>
  text.length <= 1000 && (/^\S+$/.test(text) || /^[^\n]*[\\/][^\n]*$/.test(text)) && /\.(txt|md|html?|epub|docx?|rtf|pdf)$/i.test(text);

/** Three bytes of UTF-8 for a code unit, at the most. */
const mostBytes = 3 * mostCharacters;

const isBlob = (value: unknown): value is Blob =>
  typeof value === 'object' && value !== null && 'stream' in value && 'size' in value && 'slice' in value;

const isIterable = (value: unknown): value is AsyncIterable<string | Uint8Array> =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';

/** Slice by slice: not every engine iterates over a stream. */
async function* bytesOf(blob: Blob): AsyncIterable<Uint8Array> {
  const step = 2 ** 22;
  for (let at = 0; at < blob.size; at += step) yield new Uint8Array(await blob.slice(at, at + step).arrayBuffer());
}

async function joined(caller: string, pieces: AsyncIterable<string | Uint8Array>, signal: AbortSignal | undefined): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parts: string[] = [];
  let length = 0;
  const add = (part: string): void => {
    length += part.length;
    if (length > mostCharacters) throw tooLong(caller, `more than ${mostCharacters} of them`);
    parts.push(part);
  };
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    if (typeof piece === 'string')
      add(decoded(caller, () => decoder.decode()) + piece); // bytes before it must be whole characters
    else if (typeName(piece) === 'Uint8Array') {
      if (length === 0 && pdfBytes.every((byte, at) => piece[at] === byte)) throw isPdf(caller);
      add(decoded(caller, () => decoder.decode(piece, { stream: true })));
    } else throw wrongPiece(caller, piece);
  }
  add(decoded(caller, () => decoder.decode()));
  return parts.join('');
}

/** What every PDF begins with. */
const pdfMark = '%PDF-';
const pdfBytes = Array.from(pdfMark, (sign) => sign.charCodeAt(0));

const isPdf = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a document must be a text.',
    expected: 'plain text, as a string or in UTF-8',
    got: 'a PDF',
    remedy: 'take the text out of it first, by pdfjs-dist or pdftotext.',
  });

function decoded(caller: string, decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw new ConfigError(
      {
        caller,
        problem: 'the bytes of a document must be UTF-8.',
        expected: 'a text file in UTF-8',
        got: 'bytes that are not',
        remedy: "give another file, or its text: new TextDecoder('windows-1252').decode(bytes).",
      },
      { cause },
    );
  }
}

const tooLong = (caller: string, got: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a document must fit into one string.',
    expected: `at most ${mostCharacters} UTF-16 code units`,
    got,
    remedy: 'read it in parts, by volumes or chapters.',
  });

const wrongPiece = (caller: string, piece: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the pieces of a document must be texts or bytes.',
    expected: 'strings or Uint8Arrays',
    got: show(piece),
    remedy: 'decode other pieces first.',
  });

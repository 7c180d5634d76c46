import { chunksOfText, requireTextSource, type TextSource } from './text-source.ts';

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/**
 * The bytes of a text as tokens, 0 … 255: of strings those of UTF-8, of files all bytes as they are. Read piece by piece, so the text may
 * be of any length.
 * @param source a string, bytes, a file, or any iterable of strings and bytes, also an async one such as `createReadStream(path)`
 * @returns pieces of any length; together they do not depend on how the source was cut
 * @throws ConfigError for a source that is neither text nor bytes
 * @cost O(bytes); one piece is in memory
 * @example
 * const pieces = byteTokens(['Hé', Uint8Array.of(10)]);
 * (await pieces.next()).value; // => [72, 195, 169]
 * (await pieces.next()).value; // => [10]
 */
export function byteTokens(source: TextSource): AsyncGenerator<Uint8Array> {
  requireTextSource('byteTokens', source);
  return bytesOf('byteTokens', source);
}

/** The same in the name of another function. */
export async function* bytesOf(caller: string, source: TextSource): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let half = ''; // of a character that stands half in one piece and half in the next
  for await (const chunk of chunksOfText(caller, source)) {
    if (typeof chunk !== 'string') {
      if (half !== '') yield encoder.encode(half);
      half = '';
      if (chunk.length > 0) yield chunk;
      continue;
    }
    const text = half + chunk;
    const whole = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    half = text.slice(whole);
    if (whole > 0) yield encoder.encode(text.slice(0, whole));
  }
  if (half !== '') yield encoder.encode(half);
}

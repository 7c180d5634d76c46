import { ConfigError, isList, show } from '@longspan/core-tensor/error';

/** A piece of a text, or of the tokens of one; of any length, also none. */
export type StreamChunk = string | ArrayLike<number>;

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/**
 * The tokens of a source, piece by piece: lists pass as they are, texts become their UTF-8 bytes. A character that stands half in
 * one piece and half in the next is one character all the same.
 */
export async function* tokenSource(source: AsyncIterable<StreamChunk> | Iterable<StreamChunk>): AsyncGenerator<ArrayLike<number>> {
  const encoder = new TextEncoder();
  let half = '';
  for await (const chunk of source) {
    if (typeof chunk !== 'string') {
      requireList(chunk);
      if (half !== '') yield encoder.encode(half);
      half = '';
      yield chunk;
      continue;
    }
    const text = half + chunk;
    const whole = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    half = text.slice(whole);
    if (whole > 0) yield encoder.encode(text.slice(0, whole));
  }
  if (half !== '') yield encoder.encode(half);
}

function requireList(chunk: ArrayLike<number>): void {
  if (isList(chunk)) return;
  throw new ConfigError({
    caller: 'evaluateStream',
    problem: 'every piece of the source must be text or tokens.',
    expected: 'strings, arrays or typed arrays of integers',
    got: show(chunk),
    remedy: 'await tensors with data(), and map what your source gives to lists of tokens.',
  });
}

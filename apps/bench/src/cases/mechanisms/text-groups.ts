import { type Groups, groupsFromBoundaries } from '@longspan/hierarchical';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { CheckText } from './mechanism.ts';
import { table } from './stock.ts';

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

/** [groups, members]: rows that take the mean of a group. */
export const groupMeans = ({ count, length, owners, offsets }: Groups): Tensor2D =>
  table(count, length, (group, member) =>
    owners[member] === group ? 1 / ((offsets[group + 1] as number) - (offsets[group] as number)) : 0,
  );

/** The last group that has ended with the member, −1 where none has. */
export const endedAt = ({ offsets }: Groups, member: number): number => offsets.filter((end, at) => at > 0 && end <= member + 1).length - 1;

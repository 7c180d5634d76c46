import { createLayout, type Mask } from '@longspan/attention-sparse';
import type { BlockLayout } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { levelMasks } from '../level-transformer/level-masks.ts';
import { causalParents, children, parents, siblings } from './group-masks.ts';
import { type Groups, groupsFromBoundaries } from './groups.ts';
import { levelsOf } from './levels.ts';

const anyGroups = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 10 })
  .filter((sizes) => sizes.some((size) => size > 0))
  .map((sizes) => {
    let end = 0;
    return groupsFromBoundaries([0, ...sizes.map((size) => (end += size))]);
  });

/** A mask, how many queries and keys it is for, and what it means, pair by pair. */
interface Meaning {
  readonly mask: Mask;
  readonly queries: number;
  readonly keys: number;
  readonly attends: (query: number, key: number) => boolean;
}

const within = (group: number, own: number, before: number, after: number) => group >= own - before && group <= own + after;

const meanings = (groups: Groups, before: number, after: number, window: number): readonly Meaning[] => {
  const owner = (member: number): number => groups.owners[member] as number;
  const complete = (member: number): number => (member + 1 === groups.offsets[owner(member) + 1] ? owner(member) : owner(member) - 1);
  const { count, length } = groups;
  // The levels above: every two groups are one, and all of them the text.
  const pairs = Array.from({ length: Math.ceil(count / 2) + 1 }, (_, at) => Math.min(2 * at, count));
  const { upward, downward } = levelMasks(levelsOf({ names: ['a', 'b', 'c'], offsets: [groups.offsets, pairs] }), {
    window: { left: window, right: window },
  });
  const near = (query: number, key: number): boolean => owner(query) === owner(key) && Math.abs(query - key) <= window;
  return [
    { mask: children(groups, { before, after }), queries: count, keys: length, attends: (q, k) => within(owner(k), q, before, after) },
    { mask: parents(groups, { before, after }), queries: length, keys: count, attends: (q, k) => within(k, owner(q), before, after) },
    { mask: causalParents(groups, { before }), queries: length, keys: count, attends: (q, k) => within(k, complete(q), before, 0) },
    { mask: siblings(groups, { window: { left: window, right: window } }), queries: length, keys: length, attends: near },
    { mask: upward[0] as Mask, queries: count, keys: length + count, attends: (q, k) => (k < length ? owner(k) === q : k - length === q) },
    {
      mask: downward[0] as Mask,
      queries: length,
      keys: length + count,
      attends: (q, k) => (k < length ? near(q, k) : k - length === owner(q)),
    },
    {
      mask: downward[1] as Mask,
      queries: count,
      keys: count + pairs.length - 1,
      attends: (q, k) => (k < count ? q >> 1 === k >> 1 && Math.abs(q - k) <= window : k - count === q >> 1),
    },
  ];
};

/** The visible pairs of a layout, one list of keys for each query. */
function pairsOf({ blockSize, queryLength, keyLength, indptr, indices, tileIndices, bitmaps }: BlockLayout): number[][] {
  const words = Math.ceil(blockSize / 32);
  return Array.from({ length: queryLength }, (_, query) => {
    const row = Math.floor(query / blockSize);
    return Array.from(indices.slice(indptr[row], indptr[row + 1])).flatMap((block, nth) => {
      const tile = tileIndices[(indptr[row] as number) + nth] as number;
      return Array.from({ length: blockSize }, (_, at) => at).flatMap((at) => {
        const word = bitmaps[(tile * blockSize + (query % blockSize)) * words + (at >> 5)] ?? 0;
        const key = block * blockSize + at;
        return key < keyLength && (tile === -1 || (word >>> (at % 32)) & 1) ? [key] : [];
      });
    });
  });
}

const anyCase = fc.record({
  groups: anyGroups,
  before: fc.integer({ min: 0, max: 2 }),
  after: fc.integer({ min: 0, max: 2 }),
  window: fc.integer({ min: 0, max: 4 }),
});

it('masks over groups and levels mean what they say, and their covers never claim what is not so', () => {
  fc.assert(
    fc.property(anyCase, fc.array(fc.nat(60), { minLength: 4, maxLength: 4 }), ({ groups, before, after, window }, ends) => {
      for (const { mask, queries, keys, attends } of meanings(groups, before, after, window)) {
        const [q0, q1, k0, k1] = ends.map((end, at) => end % ((at < 2 ? queries : keys) + 3)) as [number, number, number, number];
        const [rows, columns] = [
          { start: Math.min(q0, q1) - 1, end: Math.max(q0, q1) + 1 },
          { start: Math.min(k0, k1) - 1, end: Math.max(k0, k1) + 1 },
        ];
        const cover = mask.cover(rows, columns);
        for (let q = rows.start; q < rows.end; q++) {
          for (let k = columns.start; k < columns.end; k++) {
            const expected = q >= 0 && q < queries && k >= 0 && k < keys && attends(q, k);
            expect(mask.allows(q, k), `${mask.name} at ${q}, ${k}`).toBe(expected);
            if (cover !== 'some') expect(expected, `${mask.name} at ${q}, ${k}`).toBe(cover === 'all');
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});

it('their layouts hold exactly their pairs, whatever the block size', () => {
  fc.assert(
    fc.property(anyCase, fc.constantFrom(1, 3, 4, 16, 40), ({ groups, before, after, window }, blockSize) => {
      for (const { mask, queries, keys, attends } of meanings(groups, before, after, window)) {
        const layout = createLayout(mask, { queryLength: queries, keyLength: keys, blockSize, queryOffset: 0 });
        const expected = Array.from({ length: queries }, (_, q) => Array.from({ length: keys }, (_, k) => k).filter((k) => attends(q, k)));
        expect(pairsOf(layout), mask.name).toEqual(expected);
      }
    }),
    { numRuns: 100 },
  );
});

it('invalid counts are rejected', () => {
  const groups = groupsFromBoundaries([0, 2]);
  expect(() => children(groups, { before: -1 })).toThrow(
    new ConfigError({
      caller: 'children',
      problem: 'before must be an integer of at least 0.',
      expected: 'an integer, 0 or more',
      got: '-1',
      remedy: 'give before as a count.',
    }),
  );
  for (const wrong of [() => parents(groups, { after: 0.5 }), () => siblings(groups, { window: { left: -2, right: 0 } })])
    expect(wrong).toThrow(ConfigError);
});

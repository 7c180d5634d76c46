import { describe, expect, it } from 'vitest';
import { equalMasks, keysAt, type Mask, maskFromJSON, queriesAt } from '../index.ts';

const pairs = Array.from({ length: 100 }, (_, at) => [Math.floor(at / 10) - 2, (at % 10) - 2] as const);

describe('keysAt and queriesAt', () => {
  it('allow what stands at the positions, in any order and repeated', () => {
    const positions = [5, 1, 5, 2];
    for (const [query, key] of pairs) {
      expect(keysAt(positions).allows(query, key)).toBe([1, 2, 5].includes(key));
      expect(queriesAt(positions).allows(query, key)).toBe([1, 2, 5].includes(query));
    }
  });

  it('promise all or none of a span by how many of its positions they hold', () => {
    const span = (start: number, end: number) => keysAt([1, 2, 5]).cover({ start: 0, end: 9 }, { start, end });
    expect([span(1, 3), span(0, 3), span(3, 5), span(-4, 1), span(5, 6)]).toEqual(['all', 'some', 'none', 'none', 'all']);
    expect(queriesAt([1, 2, 5]).cover({ start: 1, end: 3 }, { start: 0, end: 9 })).toBe('all');
    expect(keysAt([]).cover({ start: 0, end: 9 }, { start: 0, end: 9 })).toBe('none');
  });

  it('one list per batch row gives each row its own, in JSON too', () => {
    const mask = queriesAt([[], [3]]);
    expect([mask.batch, mask.select({ batch: 0 }).allows(3, 0), mask.select({ batch: 1 }).allows(3, 0)]).toEqual([2, false, true]);
    expect(mask.name).toBe('queriesAt([[], [3]])');
    expect(mask.toJSON()).toEqual({ kind: 'queriesAt', positions: [[], [3]] });
    expect(equalMasks(maskFromJSON(mask.toJSON()), mask)).toBe(true);
    expect(keysAt([[4]]).batch).toBe(1);
  });

  it('with more than 1,024 positions are named by their count, and still differ', () => {
    const [one, other] = [0, 1].map((shift) => keysAt(Array.from({ length: 1025 }, (_, at) => at + shift))) as [Mask, Mask];
    expect([one.name, other.name]).toEqual(['keysAt(1025 positions)', 'keysAt(1025 positions)']);
    expect(equalMasks(one, other)).toBe(false);
  });

  it('refuse what must be an integer', () => {
    expect(() => keysAt([1, 2.5])).toThrow(
      `keysAt: positions must hold integers.
  expected  a list of integers
  got       2.5 at index 1
  remedy    give positions as an array or an Int32Array.`,
    );
  });
});

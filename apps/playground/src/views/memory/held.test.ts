import { describe, expect, it } from 'vitest';
import { heldAt, reachOf, segmentAt } from './held.ts';

/** What can reach a position at the top, by following every edge of every layer. */
function reachedBy(position: number, sizes: { readonly segment: number; readonly memory: number }, layers: number): number[] {
  let reached = new Set([position]);
  for (let layer = 0; layer < layers; layer++) {
    const below = new Set<number>();
    for (const each of reached) {
      const { start } = heldAt(Math.floor(each / sizes.segment), sizes);
      for (let key = start; key <= each; key++) below.add(key);
    }
    reached = below;
  }
  return [...reached].sort((left, right) => left - right);
}

describe('a segment memory', () => {
  it('holds the last positions before the segment, fewer at the beginning', () => {
    const sizes = { segment: 64, memory: 128 };
    expect(heldAt(0, sizes)).toEqual({ start: 0, end: 0 });
    expect(heldAt(1, sizes)).toEqual({ start: 0, end: 64 });
    expect(heldAt(5, sizes)).toEqual({ start: 192, end: 320 });
    expect(segmentAt(5, sizes, 350)).toEqual({ start: 320, end: 350 });
  });

  it.each([
    [8, 8, 3],
    [8, 16, 2],
    [8, 12, 3],
    [4, 0, 5],
    [16, 4, 3],
  ])('segments of %i, a memory of %i and %i layers reach as far as their edges lead', (segment, memory, layers) => {
    for (let step = 0; step < 9; step++) {
      const end = (step + 1) * segment;
      const reach = reachOf(step, { segment, memory }, layers, 1000).at(-1);
      const found = reachedBy(end - 1, { segment, memory }, layers);
      expect([reach?.start, reach?.end]).toEqual([found[0], end]);
    }
  });
});

import { cost } from '@longspan/attention-sparse/analysis';
import { describe, expect, it } from 'vitest';
import { bucketsFor, maskOf, mechanismIds } from './mechanisms.ts';

const lists = ['lsh', 'topk'];
const keysOf = (id: (typeof mechanismIds)[number], budget: number, length: number): number => {
  const mask = maskOf(id, budget, length);
  return Array.from({ length }, (_, key) => key).filter((key) => mask?.allows(length - 1, key)).length;
};

describe('maskOf', () => {
  it.each(mechanismIds.filter((id) => !lists.includes(id)))('%s is causal, sees the query itself, and keeps to its budget', (id) => {
    for (const budget of [16, 64, 256]) {
      const length = 2048;
      const mask = maskOf(id, budget, length);
      for (const query of [0, 5, 1000, length - 1]) {
        expect(mask?.allows(query, query)).toBe(true);
        expect(query + 1 < length && mask?.allows(query, query + 1)).toBe(false);
      }
      const keys = keysOf(id, budget, length);
      expect(keys).toBeGreaterThan(budget / 4);
      expect(keys).toBeLessThanOrEqual(Math.max(budget, 2 * Math.sqrt(length)) + 40); // BigBird's blocks are 16 wide
    }
  });

  it('gives a window of 64 exactly 64 keys, and one with global tokens as many', () => {
    expect(keysOf('window', 64, 1000)).toBe(64);
    expect(keysOf('global', 64, 1000)).toBe(64);
    expect(cost(maskOf('window', 64, 1000) as never, { queryLength: 1000 }).visitedPairs).toBe(64 * 1000 - (64 * 63) / 2);
  });

  it('leaves what chooses by content to lists', () => {
    for (const id of lists) expect(maskOf(id as 'lsh', 64, 1000)).toBeUndefined();
  });
});

it('buckets are even in number and hold the budget together, over both rounds', () => {
  expect(bucketsFor(64, 2048)).toBe(64);
  expect(bucketsFor(1024, 100)).toBe(2);
  for (const budget of [16, 100, 999]) expect(bucketsFor(budget, 4096) % 2).toBe(0);
});

import { describe, expect, it } from 'vitest';
import { rectangleOf } from './encode.ts';
import { rowParts, unboundRows } from './row-parts.ts';

const binding = (maxStorageBufferBindingSize: number) => ({ maxStorageBufferBindingSize });

describe('rows in parts', () => {
  it('are one part where a binding holds them, and none where there are none', () => {
    expect(rowParts(binding(4000), 1000, 4)).toEqual([{ first: 0, count: 1000 }]);
    expect(rowParts(binding(4000), 0, 4)).toEqual([]);
  });

  it('fit into a binding and begin at multiples of 256 bytes, whatever their width', () => {
    for (const bytesPerRow of [4, 12, 20, 132]) {
      for (const bytes of [64 * bytesPerRow, 1000 * bytesPerRow]) {
        const parts = rowParts(binding(bytes), 3001, bytesPerRow);
        let next = 0;
        for (const { first, count } of parts) {
          expect(first).toBe(next);
          expect((first * bytesPerRow) % 256).toBe(0);
          expect(count * bytesPerRow).toBeLessThanOrEqual(bytes);
          next = first + count;
        }
        expect(next).toBe(3001);
      }
    }
  });

  it('are refused where a binding does not hold 64 of them', () => {
    expect(unboundRows(binding(6400), 3000, 100)).toBeNull();
    expect(unboundRows(binding(6399), 3000, 100)).toBe('64 of its rows have 6400 bytes, and the device binds 6399');
    expect(unboundRows(binding(6399), 60, 100)).toBeNull();
  });
});

describe('a row of workgroups', () => {
  it('is laid out in two axes where one is too short', () => {
    const limits = { maxComputeWorkgroupsPerDimension: 10 };
    expect([0, 1, 10, 11, 95].map((groups) => rectangleOf(groups, limits))).toEqual([
      [0, 0],
      [1, 1],
      [10, 1],
      [10, 2],
      [10, 10],
    ]);
  });
});

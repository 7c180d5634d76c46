import { describe, expect, it } from 'vitest';
import { columnsOf, cutOf, depth, rowsOf, threadsOf, tileCount, tiles } from './tile.ts';

describe('tiles of products', () => {
  it('fit into the workgroup memory and the threads that every device has', () => {
    for (const tile of Object.values(tiles)) {
      expect(4 * depth * (rowsOf(tile) + columnsOf(tile))).toBeLessThanOrEqual(16384);
      expect(threadsOf(tile)).toBeLessThanOrEqual(256);
    }
  });

  it('are large where there are many of them, and small for few rows', () => {
    expect(cutOf(4096, 3072, 768)).toEqual({ tile: tiles.large, parts: 1 });
    expect(cutOf(512, 768, 768)).toEqual({ tile: tiles.medium, parts: 3 });
    expect(cutOf(1, 3072, 768)).toEqual({ tile: tiles.small, parts: 3 });
    expect(cutOf(5, 7, 3)).toEqual({ tile: tiles.small, parts: 1 });
  });

  it('of few rows and columns share the depth out, within 64 MiB', () => {
    for (const [rows, columns, products] of [
      [768, 768, 65536],
      [64, 64, 2 ** 20],
      [1024, 2048, 100_000],
    ] as const) {
      const { tile, parts } = cutOf(rows, columns, products);
      expect(parts).toBeGreaterThan(1);
      expect(parts * tileCount(tile, rows, columns) * threadsOf(tile)).toBeLessThanOrEqual(2 ** 16);
      expect(4 * parts * rows * columns).toBeLessThanOrEqual(2 ** 26);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { columnsOf, cutOf, depth, rowsOf, threadsOf, tileCount, tiles } from './tile.ts';

describe('tiles of products', () => {
  it('fit into the workgroup memory and the threads that every device has', () => {
    for (const tile of Object.values(tiles)) {
      expect(4 * depth * (rowsOf(tile) + columnsOf(tile)) * tile.mostSlices).toBeLessThanOrEqual(16384);
      expect(threadsOf(tile) * tile.mostSlices).toBeLessThanOrEqual(256);
    }
  });

  it('hand the sums of all slices but one through the memory of all', () => {
    for (const tile of Object.values(tiles)) {
      const { mostSlices } = tile;
      expect((mostSlices - 1) * rowsOf(tile) * columnsOf(tile)).toBeLessThanOrEqual(depth * (rowsOf(tile) + columnsOf(tile)) * mostSlices);
    }
  });

  it('are large where there are many of them, and small for few rows', () => {
    expect(cutOf(4096, 3072, 768)).toEqual({ tile: tiles.large, slices: 1, parts: 1 });
    expect(cutOf(512, 768, 768)).toEqual({ tile: tiles.medium, slices: 2, parts: 1 });
    expect(cutOf(1, 3072, 768)).toEqual({ tile: tiles.small, slices: 4, parts: 1 });
    expect(cutOf(5, 7, 3)).toEqual({ tile: tiles.small, slices: 1, parts: 1 });
  });

  it('of the layers of 256 features of 2,048 tokens are never added up by a second dispatch', () => {
    for (const features of [256, 768, 1024]) {
      for (const [rows, columns, products] of [
        [2048, features, 256],
        [2048, 256, features],
        [features, 256, 2048],
        [256, features, 2048],
      ] as const)
        expect(cutOf(rows, columns, products).parts).toBe(1);
    }
  });

  it('of few rows and columns share the depth out, within 64 MiB', () => {
    for (const [rows, columns, products] of [
      [768, 768, 65536],
      [64, 64, 2 ** 20],
      [1024, 2048, 100_000],
    ] as const) {
      const { tile, slices, parts } = cutOf(rows, columns, products);
      expect(parts).toBeGreaterThan(1);
      expect(parts * slices * tileCount(tile, rows, columns) * threadsOf(tile)).toBeLessThanOrEqual(2 ** 16);
      expect(4 * parts * rows * columns).toBeLessThanOrEqual(2 ** 26);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { subTilesOf, threadsOf, tileChoices, tilesOf, workgroupBytes } from './tile.ts';

const blockSizes = [1, 3, 8, 16, 24, 32, 33, 48, 64, 72, 128, 200];
const widths = [1, 4, 20, 32, 64, 100, 128, 129, 256, 1024];

describe.each([false, true])('tiles, with rows by distance: %s', (hasDistances) =>
  describe.each(tileChoices)('$name', (choice) => {
    it.each([16384, 32768])(
      'have at most 256 threads for every block size and width, and cover both, within %i bytes where it is the first',
      (memory) => {
        for (const blockSize of blockSizes) {
          for (const headDim of widths) {
            for (const valueDim of widths) {
              const tiles = tilesOf({ blockSize, memory, precision: 'float32', hasDistances, choice }, { headDim, valueDim });
              for (const [name, tile] of Object.entries(tiles)) {
                const width = { forward: valueDim, query: headDim, key: Math.max(headDim, valueDim) }[name] as number;
                if (choice === tileChoices[0]) expect(workgroupBytes(tile)).toBeLessThanOrEqual(memory);
                expect(threadsOf(tile)).toBeLessThanOrEqual(256);
                expect(4 * tile.parts * tile.columnThreads * tile.slices).toBeGreaterThanOrEqual(width);
                expect(tile.columns % tile.columnThreads).toBe(0);
                expect(subTilesOf(blockSize, tile) * tile.rows).toBeGreaterThanOrEqual(blockSize);
                expect([8, 16, 32]).toContain(tile.columns);
              }
            }
          }
        }
      },
    );
  }),
);

import { describe, expect, it } from 'vitest';
import { arithmeticFor, flopsPerTile, flopsPerTurn, loopsOf } from './arithmetic.ts';

describe('the arithmetic of assembly/arithmetic.ts', () => {
  it('has every loop and both tiles: chain i stays i + 1, a tile of zeros is 0', { timeout: 120_000 }, () => {
    const { turns, tiles } = arithmeticFor('simd128');
    for (const loop of loopsOf('simd128')) expect(turns(loop, 10)).toBe((loop.chains * (loop.chains + 1)) / 2);
    for (const rows of [4, 6] as const) expect(tiles(rows, 10, 64)).toBe(0);
  });

  it('counts two operations in each lane of a chain, and 16 in each row for each step of a tile', () => {
    expect(flopsPerTurn({ chains: 12, style: 'chained' })).toBe(96);
    expect(flopsPerTurn({ chains: 12, style: 'apart' })).toBe(48);
    expect(flopsPerTile(4, 64)).toBe(4096);
    expect(flopsPerTile(6, 64)).toBe(6144);
  });
});

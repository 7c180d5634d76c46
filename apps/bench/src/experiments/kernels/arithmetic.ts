import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instructions } from '@longspan/wasm-backend';
import { workspaceRoot } from '../../run/source-hash.ts';

/** How a loop keeps the arithmetic units busy. */
export interface PeakLoop {
  /** Independent chains of vectors, so that none waits for another. */
  readonly chains: number;
  /** Chained: x = x · a + b, in each chain. Apart: products in one half of the chains and sums in the other, which never wait for each other. */
  readonly style: 'chained' | 'apart';
}

/** How high a tile of eight columns is. */
export type TileRows = 4 | 6;

/** Sixteen vector registers on x86, thirty-two on ARM; more chains than registers go through memory. */
const chainCounts = [4, 6, 8, 10, 12, 13, 14, 16, 20, 24, 28] as const;

/** The loops that there are; with fused multiply-adds, products and sums apart make no sense. */
export const loopsOf = (instructions: Instructions): PeakLoop[] =>
  (instructions === 'simd128' ? (['chained', 'apart'] as const) : (['chained'] as const)).flatMap((style) =>
    chainCounts.map((chains) => ({ chains, style })),
  );

/** Floating-point operations of one turn of a loop, and of one tile. */
export const flopsPerTurn = ({ chains, style }: PeakLoop): number => 4 * chains * (style === 'chained' ? 2 : 1);
export const flopsPerTile = (rows: TileRows, depth: number): number => 16 * rows * depth;

/** What `assembly/arithmetic.ts` exports, by its own build for those instructions. */
export interface Arithmetic {
  /** So many turns of a loop. Gives the sum of its chains, in which chain i stays i + 1. */
  turns(loop: PeakLoop, turns: number): number;
  /** So many tiles of that depth, over zeros. Gives a sum of the last. */
  tiles(rows: TileRows, count: number, depth: number): number;
}

/** Compiles what is not compiled yet, in a process of its own: this one measures. */
export function arithmeticFor(instructions: Instructions): Arithmetic {
  const build = join(workspaceRoot, 'apps/bench/assembly/build.mjs');
  const binary = readFileSync(execFileSync(process.execPath, [build, instructions], { encoding: 'utf8' }));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary));
  const named = (name: string): ((...values: readonly number[]) => number) => {
    const given = exports[name];
    if (typeof given !== 'function') throw new Error(`assembly/arithmetic.ts has no function ${name}`);
    return given as (...values: readonly number[]) => number;
  };
  const loops = new Map(loopsOf(instructions).map((loop) => [nameOf(loop), named(nameOf(loop))]));
  const tiles = { 4: named('tiles'), 6: named('tallTiles') };
  return {
    turns: (loop, turns) => loops.get(nameOf(loop))?.(turns, 1, 0) ?? Number.NaN,
    tiles: (rows, count, depth) => tiles[rows](count, depth),
  };
}

const nameOf = ({ style, chains }: PeakLoop): string => `${style}${chains}`;

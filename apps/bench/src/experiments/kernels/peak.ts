import type { Instructions } from '@longspan/wasm-backend';
import { arithmeticFor, flopsPerTile, flopsPerTurn, loopsOf, type PeakLoop, type TileRows } from './arithmetic.ts';

/** Arithmetic alone, for the rate that an engine gives out at most. */
export interface Load {
  run(): undefined;
  readonly flopsPerRun: number;
}

/** The machine's highest rate of multiply-adds on vectors of 128 bits in one thread, as far as an engine gives it out. */
export interface Peak extends Load {
  /** The loop that gives it. */
  readonly loop: PeakLoop;
}

const trialTurns = 20_000;

/**
 * Finds the loop with the highest rate.
 * @param seconds about how long a run of it takes: as long as what it is compared with, so that a busy machine interrupts both alike
 */
export function findPeak(instructions: Instructions, seconds: number): Peak {
  const arithmetic = arithmeticFor(instructions);
  const loops = loopsOf(instructions);
  const least = leastSeconds(loops.map((loop) => () => arithmetic.turns(loop, trialTurns)));
  const tried = loops.map((loop, at) => ({
    loop,
    flopsPerSecond: (trialTurns * flopsPerTurn(loop)) / (least[at] as number),
  }));
  const { loop, flopsPerSecond } = tried.reduce((a, b) => (b.flopsPerSecond > a.flopsPerSecond ? b : a));
  const turns = Math.ceil((seconds * flopsPerSecond) / flopsPerTurn(loop));
  return { loop, run: () => void arithmetic.turns(loop, turns), flopsPerRun: turns * flopsPerTurn(loop) };
}

/**
 * A tile, that many steps deep, with nothing around it.
 * @param seconds as for findPeak
 */
export function bareTile(instructions: Instructions, rows: TileRows, depth: number, seconds: number): Load {
  const arithmetic = arithmeticFor(instructions);
  const trialTiles = Math.ceil(trialTurns / depth);
  const [least] = leastSeconds([() => arithmetic.tiles(rows, trialTiles, depth)]) as [number];
  const count = Math.ceil((seconds * trialTiles) / least);
  return { run: () => void arithmetic.tiles(rows, count, depth), flopsPerRun: count * flopsPerTile(rows, depth) };
}

/** So long at least: the engine's best code comes from a thread of its own, late where the cores are busy. */
const trialSeconds = 0.5;

/** The shortest run of each, all in turn. */
function leastSeconds(runs: readonly (() => void)[]): number[] {
  const least = runs.map(() => Number.POSITIVE_INFINITY);
  const begin = performance.now();
  while (performance.now() - begin < 1000 * trialSeconds) {
    runs.forEach((run, at) => {
      const start = performance.now();
      run();
      least[at] = Math.min(least[at] as number, (performance.now() - start) / 1000);
    });
  }
  return least;
}

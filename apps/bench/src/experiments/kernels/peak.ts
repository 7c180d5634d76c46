import type { Instructions } from '@longspan/wasm-backend';
import { flopsPerTurn, type PeakLoop, peakModule } from './peak-module.ts';
import { flopsPerTile, tileModule } from './tile-module.ts';

/** Arithmetic alone, for the rate that an engine gives out at most. */
export interface Arithmetic {
  run(): undefined;
  readonly flopsPerRun: number;
}

/** The machine's highest rate of multiply-adds on vectors of 128 bits in one thread, as far as an engine gives it out. */
export interface Peak extends Arithmetic {
  /** The loop that gives it. */
  readonly loop: PeakLoop;
}

/** Sixteen vector registers on x86, thirty-two on ARM; more chains than registers go through memory. */
const chainCounts = [4, 6, 8, 10, 12, 13, 14, 16, 20, 24, 28] as const;
const trialTurns = 20_000;

/**
 * Finds the loop with the highest rate.
 * @param seconds about how long a run of it takes: as long as what it is compared with, so that a busy machine interrupts both alike
 */
export function findPeak(instructions: Instructions, seconds: number): Peak {
  const styles: readonly PeakLoop['style'][] = instructions === 'simd128' ? ['chained', 'apart'] : ['chained'];
  const loops = styles.flatMap((style) => chainCounts.map((chains): PeakLoop => ({ chains, style })));
  const runs = loops.map((loop) => compiled(peakModule(loop, instructions)));
  const least = leastSeconds(runs.map((run) => () => run(trialTurns)));
  const tried = loops.map((loop, at) => ({
    loop,
    run: runs[at] as Run,
    flopsPerSecond: (trialTurns * flopsPerTurn(loop)) / (least[at] as number),
  }));
  const { loop, run, flopsPerSecond } = tried.reduce((a, b) => (b.flopsPerSecond > a.flopsPerSecond ? b : a));
  const turns = Math.ceil((seconds * flopsPerSecond) / flopsPerTurn(loop));
  return { loop, run: () => void run(turns), flopsPerRun: turns * flopsPerTurn(loop) };
}

/**
 * The tile that all products are made of, that many steps deep, with nothing around it.
 * @param seconds as for findPeak
 */
export function bareTile(instructions: Instructions, depth: number, seconds: number): Arithmetic {
  const run = compiled(tileModule(instructions));
  const trialTiles = Math.ceil(trialTurns / depth);
  const [least] = leastSeconds([() => run(trialTiles, 16 * depth)]) as [number];
  const tiles = Math.ceil((seconds * trialTiles) / least);
  return { run: () => void run(tiles, 16 * depth), flopsPerRun: tiles * flopsPerTile(depth) };
}

type Run = (count: number, end?: number) => number;

const compiled = (module: Uint8Array<ArrayBuffer>): Run =>
  (new WebAssembly.Instance(new WebAssembly.Module(module)).exports as { run: Run }).run;

/** So long at least: the engine's best code comes from a thread of its own, late where the cores are busy. */
const trialSeconds = 0.5;

/** The shortest run of each, all in turn. */
function leastSeconds(runs: readonly (() => number)[]): number[] {
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

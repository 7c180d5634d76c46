import type { Instructions } from '@longspan/wasm-backend';
import { flopsPerTurn, type PeakLoop, peakModule } from './peak-module.ts';

/** The machine's highest rate of multiply-adds on vectors of 128 bits in one thread, as far as an engine gives it out. */
export interface Peak {
  readonly loop: PeakLoop;
  /** Runs the best loop. */
  run(): undefined;
  readonly flopsPerRun: number;
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
  const tried = loops.map((loop) => {
    const module = new WebAssembly.Module(peakModule(loop, instructions));
    const { run } = new WebAssembly.Instance(module).exports as { run(turns: number): number };
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 40; attempt++) {
      const start = performance.now();
      run(trialTurns);
      if (attempt > 5) least = Math.min(least, (performance.now() - start) / 1000); // the first ones run on the quick compiler's code
    }
    return { loop, module: { run }, flopsPerSecond: (trialTurns * flopsPerTurn(loop)) / least };
  });
  const { loop, module, flopsPerSecond } = tried.reduce((a, b) => (b.flopsPerSecond > a.flopsPerSecond ? b : a));
  const turns = Math.ceil((seconds * flopsPerSecond) / flopsPerTurn(loop));
  const run = (): undefined => {
    module.run(turns);
  };
  return { loop, run, flopsPerRun: turns * flopsPerTurn(loop) };
}

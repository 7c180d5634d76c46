import type { Timed } from '../../figures/alternate.ts';
import type { Arrays } from './arrays.ts';

/** The work of one duel in another library: set up, answered once, and ready to be timed. */
export interface Peer extends Timed {
  /** By the names of ours. */
  readonly answers: Arrays;
  readonly version: string;
  /** Its linear layers alone, where it has some. */
  readonly linearLayers?: Timed;
  close(): Promise<void>;
}

/** Times a call of a library in this process, whose work is done when its promise resolves. */
export const timing =
  (call: () => Promise<unknown>): Timed['times'] =>
  async (runs) => {
    const seconds: number[] = [];
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      await call();
      seconds.push((performance.now() - start) / 1000);
    }
    return seconds;
  };

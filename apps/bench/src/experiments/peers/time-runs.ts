import { median } from '../../pairs.ts';
import type { Timing } from './input.ts';
import { compareArrays } from './tensor-file.ts';

/** One call of a library: what it gives is waited for, so that the work is done when it returns. */
export type Call = () => Promise<ArrayLike<number>>;

/** Compares the first answer with ours and times the runs after it; an error of the library is the result where there is one. */
export async function timeRuns(call: Call, expected: ArrayLike<number>, runSeconds: number): Promise<Timing> {
  try {
    const error = compareArrays(await call(), expected);
    const times: number[] = [];
    for (let spent = 0; times.length < 3 || (spent < runSeconds && times.length < 50); ) {
      const start = performance.now();
      await call();
      times.push((performance.now() - start) / 1000);
      spent += times.at(-1) as number;
    }
    return { kind: 'done', seconds: median(times), error };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SoakCall } from './all-calls.ts';
import { kept, leftBehind, type Sample, sample } from './gauges.ts';
import type { HeapBlocks } from './heap-blocks.ts';
import { checkClose, checkIsNumber, type Numbers, numbersOf } from './numbers.ts';

/** Where the calls run. */
export interface SoakPlace {
  /** Puts our kernels in place on that many threads. @returns takes them out again */
  enter(threads: number): Promise<() => void>;
  heap(): HeapBlocks;
  collectGarbage(): void;
}

export interface SoakOptions {
  callAt(at: number): SoakCall;
  /** What that call must give. */
  expected(at: number): Promise<Numbers>;
  /** How much of the time has passed, from 0 to 1, where the soak ends. */
  passed(): number;
  /** Whether to end it before. */
  isStopped(): boolean;
  onInterval(so: SoFar): void;
}

export interface SoFar {
  readonly calls: number;
  /** Of these, how many were held against their reference; of all, that no number is NaN. */
  readonly checked: number;
  /** Wrong values, calls that threw, and calls that left something behind: in words. */
  readonly faults: readonly string[];
  /** One for each interval. */
  readonly samples: readonly Sample[];
}

/** Of so many calls one is held against its reference, or of more where the reference is slower than that. */
export const callsPerCheck = 8;

/** Memory is sampled so often in the whole run. */
export const intervals = 60;

/** One thread and two take turns so often: few times, because what this watches is calls, not register(). */
const turns = 6;

/** Runs random calls until the time has passed: values compared, what is left after noticed call by call, memory sampled. */
export async function soak(place: SoakPlace, { callAt, expected, passed, isStopped, onInterval }: SoakOptions): Promise<SoFar> {
  const faults: string[] = [];
  const samples: Sample[] = [];
  let [calls, checked, threads] = [0, 0, 0];
  let leave = (): void => {};
  let open: Promise<void> | undefined; // the check that waits for the reference: calls go on meanwhile
  let nextCheck = 0;

  for (let at = 0; !isStopped() && passed() < 1; at++) {
    const wanted = 1 + (Math.floor(passed() * turns) % 2);
    if (wanted !== threads) {
      leave();
      leave = await place.enter(wanted);
      threads = wanted;
    }
    const call = callAt(at);
    const before = kept(place.heap());
    const blame = (words: string): void => {
      faults.push(`call ${at}, ${threads} thread${threads > 1 ? 's' : ''}, ${call.label}: ${words}`);
    };
    try {
      const numbers = await numbersOf(call.run());
      calls++;
      checkIsNumber(numbers);
      if (open === undefined && at >= nextCheck) {
        nextCheck = at + callsPerCheck;
        open = expected(at)
          .then((known) => {
            checkClose(numbers, known, call.tolerance);
            checked++;
          })
          .catch((error: unknown) => blame(wordsOf(error)))
          .finally(() => {
            open = undefined;
          });
      }
    } catch (error) {
      blame(wordsOf(error));
    }
    const left = leftBehind(before, kept(place.heap()));
    if (left !== '') blame(`left behind ${left}`);
    if (passed() * intervals >= samples.length + 1) {
      place.collectGarbage();
      samples.push(sample(place.heap()));
      onInterval({ calls, checked, faults, samples });
    }
    await nextTurn(); // for answers, and for Ctrl-C
  }
  if (!isStopped()) await open;
  leave();
  return { calls, checked, faults, samples };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

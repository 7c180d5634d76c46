import { interruptionPoint } from '@longspan/core-tensor/kernel';
import type { CompiledKernels, KernelExports, WasmKernel } from '../binary/load.ts';
import { cells } from './control.ts';
import { type PoolWorker, startWorker } from './start-worker.ts';

/** The pool could not do a job: a worker trapped, or stopped in the middle of it. What the job should have written is not there. */
export class PoolFailure extends Error {
  /** Whether a worker may still be writing. */
  readonly mayWrite: boolean;
  constructor(message: string, mayWrite: boolean) {
    super(message);
    this.mayWrite = mayWrite;
  }
}

/** A job in the pool's memory, whose scratch has room for each thread. */
export interface SharedJob {
  readonly kernel: WasmKernel;
  readonly job: number;
  readonly items: number;
  readonly scratch: number;
  readonly scratchBytes: number;
}

/** Threads on one memory: workers, and the thread that calls. */
export interface Pool {
  /** The kernels on that memory, for the calling thread. */
  readonly kernels: KernelExports;
  /** Threads that there are room and scratch for, the calling one included. */
  readonly size: number;
  /** Threads that work by now, the calling one included. */
  readonly threads: number;
  readonly workers: readonly PoolWorker[];
  /** Resolves once all workers work; rejects where one cannot start. */
  readonly started: Promise<void>;
  /**
   * Has all items worked on by whichever threads come.
   * @param patience milliseconds without progress after which a worker is taken for dead
   * @throws PoolFailure, or what a kernel or an interruption point throws on the calling thread: the workers are idle by then
   */
  run(job: SharedJob, patience: number): void;
  /** Resolves once no worker can write any more; in a page, never. */
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly compiled: CompiledKernels;
  /** For the workers: `compiled`'s for a shared memory, but in tests of what goes wrong. */
  readonly workerModule: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where the memory has room for `controlBytes`, all 0. */
  readonly control: number;
  readonly workers: number;
  /** Is told why, when a worker stops between jobs. */
  readonly onLost: (why: string) => void;
}

// Enough ranges for each thread to even out what differs between them, and few enough to take a range for nothing.
const rangesPerThread = 16;

/** @throws where the engine or the page rejects to start workers */
export function openPool({ compiled, workerModule, memory, control, workers: count, onLost }: PoolOptions): Pool {
  const kernels = compiled.on(memory);
  const numbers = new Map(Object.values(kernels).map((kernel, at) => [kernel, at])); // in the order of the module's exports
  const state = new Int32Array(memory.buffer, control, 128);
  const workers: PoolWorker[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(workers.splice(0).map((worker) => worker.end()));
  };
  try {
    for (let index = 0; index < count; index++) workers.push(startWorker({ module: workerModule, memory, control, index }, onLost));
  } catch (error) {
    void close();
    throw error;
  }
  return {
    kernels,
    size: count + 1,
    workers,
    get threads() {
      return workers.length === 0 ? 1 : 1 + Atomics.load(state, cells.ready);
    },
    started: Promise.all(workers.map(({ started }) => started)).then(() => undefined),
    run({ kernel, job, items, scratch, scratchBytes }, patience) {
      const step = Math.max(1, Math.floor(items / (rangesPerThread * (count + 1))));
      if (items <= step) return kernel(job, 0, items, scratch);
      state[cells.kernel] = numbers.get(kernel) as number;
      state[cells.job] = job;
      state[cells.items] = items;
      state[cells.itemsAtATime] = step;
      state[cells.scratch] = scratch;
      state[cells.scratchBytes] = scratchBytes;
      Atomics.store(state, cells.failed, 0);
      Atomics.store(state, cells.abandoned, 0);
      Atomics.store(state, cells.next, step); // the first range is the calling thread's
      Atomics.add(state, cells.gate, 1);
      Atomics.notify(state, cells.gate);
      try {
        for (let from = 0; from < items; from = Atomics.add(state, cells.next, step)) {
          interruptionPoint();
          kernel(job, from, Math.min(from + step, items), scratch);
        }
      } catch (error) {
        Atomics.store(state, cells.abandoned, 1);
        throw error;
      } finally {
        Atomics.store(state, cells.next, items); // after a trap, nobody begins another range
        Atomics.add(state, cells.gate, 1);
        waitForWorkers(state, patience);
      }
      if (Atomics.load(state, cells.failed) > 0) throw new PoolFailure('a kernel trapped in a worker', false);
    },
    close,
  };
}

/** Waits until no worker is at the job any more. */
function waitForWorkers(state: Int32Array, patience: number): void {
  let progress = -1;
  let deadline = 0;
  for (let turn = 0; ; turn++) {
    const active = Atomics.load(state, cells.active);
    if (active === 0) return;
    const now = performance.now();
    const current = Atomics.load(state, cells.progress);
    if (current !== progress) [progress, deadline] = [current, now + patience];
    if (now > deadline) throw new PoolFailure(`a worker made no progress in ${Math.round(patience)} ms`, true);
    if (turn > turnsBeforeSleep && canSleep) Atomics.wait(state, cells.active, active, 10);
  }
}

// Some tens of microseconds, in which most jobs end.
const turnsBeforeSleep = 500;

/** The main thread of a page may not sleep: it has to spin. */
const canSleep: boolean = (() => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false; // and where there are no shared buffers, there is nothing to wait for
  }
})();

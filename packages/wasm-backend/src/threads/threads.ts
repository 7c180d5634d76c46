import { type CompiledKernels, isShared } from '../binary/load.ts';
import type { Heap } from '../heap/heap.ts';
import { borrowedHeap } from './call-heap.ts';
import { controlBytes } from './control.ts';
import { copyingHeap } from './copying-heap.ts';
import { openPool, type Pool, PoolFailure } from './pool.ts';
import { SharedMemoryFullError, sharedMemory } from './shared-memory.ts';
import { messageOf } from './start-worker.ts';
import { whyNoThreads } from './why-not.ts';
import { milliseconds, tooSmall, type Work } from './worth-sharing.ts';

/** A call of several threads: its tensors lie in memory that all of them reach, and its jobs go to the pool. */
export interface SharedCall {
  readonly heap: Heap;
  readonly pool: Pool;
  /** Milliseconds without progress after which a worker is taken for dead. */
  readonly patience: number;
}

/** The threads of a backend: a pool while there is one, and the reason while there is none. */
export interface Threads {
  /** Those that there are; undefined while one thread does all. */
  readonly pool: Pool | undefined;
  /** Threads that work by now, the calling one included. */
  readonly count: number;
  /** Why there are fewer than requested; undefined where there are as many. */
  readonly reason: string | undefined;
  /** Calls that were shared so far. */
  readonly calls: number;
  /** Whether what a call reads and makes is copied, because tfjs's memory is not shared. */
  readonly copies: boolean;
  /** Resolves once it is known how many there are. */
  readonly started: Promise<void>;
  /** Why one thread is to do that work; null where all are. */
  unsupported(work: Work): string | null;
  /** Runs a call on all threads; undefined where it failed because of them and is to be done again on one: what it made is void. */
  run<T>(work: Work, compute: (call: SharedCall) => T): T | undefined;
  close(): void;
}

export interface ThreadsOptions {
  readonly compiled: CompiledKernels;
  /** At least 2. */
  readonly requested: number;
  /** tfjs's heap: calls are worked on there if it is shared, else in copies. */
  readonly own: Heap;
  /** What the workers run, for tests of what goes wrong there. */
  readonly workerModule?: WebAssembly.Module | undefined;
  /** What threads share where tfjs's memory is not shared, for tests of a full one. */
  readonly makeMemory?: (() => WebAssembly.Memory) | undefined;
  /** Why one thread is to do some work, for tests that use threads for everything. */
  readonly unsupported?: typeof tooSmall | undefined;
}

const mostFailures = 3;

// A memory cannot shrink. One that is much larger than this many calls in a row needed is given up for a new one.
const callsUntilReview = 32;
const alwaysKept = 2 ** 26;
const timesTooLarge = 4;

export function openThreads({
  compiled,
  requested,
  own,
  workerModule = compiled.sharedModule,
  makeMemory = sharedMemory,
  unsupported = tooSmall,
}: ThreadsOptions): Threads {
  const copies = !isShared(own.memory());
  let pool: Pool | undefined;
  let memory = own.memory();
  let control = 0; // where the pool's cells are in it
  let reason = workerModule === undefined ? 'this engine has no memory that threads share' : whyNoThreads();
  let failures = 0;
  let fullAt = Number.POSITIVE_INFINITY; // bytes of the smallest call that did not fit
  let calls = 0;
  let reviewed = 0; // calls until the last review
  let largest = 0;

  const stop = (why: string): void => {
    const [ended, used] = [pool?.close(), control];
    if (!copies) void ended?.then(() => own.free(used));
    pool = undefined;
    memory = own.memory(); // not the shared one any more, which may be large
    reason = why;
  };
  const cannotStart = (error: unknown): void => stop(`workers could not start: ${messageOf(error)}`);
  const start = async (): Promise<void> => {
    let opened: Pool | undefined;
    try {
      memory = copies ? makeMemory() : own.memory();
      control = copies ? 0 : own.allocate(controlBytes);
      new Int32Array(memory.buffer, control, controlBytes / 4).fill(0);
      const onLost = (why: string): void => {
        if (opened === pool) fail(why);
      };
      opened = openPool({ compiled, workerModule: workerModule as WebAssembly.Module, memory, control, workers: requested - 1, onLost });
      pool = opened;
      reason = undefined;
      await opened.started;
    } catch (error) {
      if (opened === pool) cannotStart(error);
    }
  };
  const fail = (why: string): void => {
    failures++;
    const isLast = failures === mostFailures;
    const next = isLast ? `one thread is used from now on, after ${failures} failures` : 'new threads are started';
    console.warn(`wasm-backend: ${why}; ${next}.`);
    stop(`the threads failed ${failures} times, at last because ${why}`);
    if (!isLast) void start();
  };
  const review = (needed: number): void => {
    largest = Math.max(largest, needed);
    if (calls < reviewed + callsUntilReview) return;
    const isTooLarge = memory.buffer.byteLength > Math.max(alwaysKept, timesTooLarge * largest);
    reviewed = calls;
    largest = 0;
    if (!isTooLarge) return;
    void pool?.close();
    void start();
  };

  return {
    copies,
    get pool() {
      return pool;
    },
    get count() {
      return pool?.threads ?? 1;
    },
    get calls() {
      return calls;
    },
    get reason() {
      return reason;
    },
    started: reason === undefined ? start() : Promise.resolve(),
    unsupported(work) {
      if (reason !== undefined) return reason;
      if (pool === undefined || pool.threads === 1) return 'the other threads are still starting';
      if (work.bytes >= fullAt) return 'the memory that threads share has no room for it';
      return unsupported(work, pool.threads, copies);
    },
    run(work, compute) {
      const heap = copies ? copyingHeap(own, memory, controlBytes) : borrowedHeap(own);
      let mayWrite = false;
      try {
        const result = compute({ heap, pool: pool as Pool, patience: 2000 + 10 * milliseconds(work) });
        heap.copyOut();
        calls++;
        if (copies) review(heap.needed);
        return result;
      } catch (error) {
        if (error instanceof SharedMemoryFullError) {
          fullAt = Math.min(fullAt, work.bytes);
          console.warn(`wasm-backend: ${error.message}; calls of that size are done on one thread, in tfjs's memory.`);
        } else if (error instanceof PoolFailure || (error as Partial<Error> | null | undefined)?.name === 'RuntimeError') {
          mayWrite = error instanceof PoolFailure && error.mayWrite;
          fail(`${(error as Error).message}, so that the call is done again on one thread`);
        } else throw error;
        return undefined;
      } finally {
        if (mayWrite) heap.retain();
        else heap.release();
      }
    },
    close: () => stop('register() was taken back'),
  };
}

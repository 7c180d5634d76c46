import { interruptionPoint, isInterruptible } from '@longspan/core-tensor/kernel';
import { backend as currentBackend, type KernelBackend, type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import type { CompiledKernels, KernelExports, WasmKernel } from '../binary/load.ts';
import { type Heap, heapOf } from '../heap/heap.ts';
import { guardHeap } from '../heap/heap-full.ts';
import type { TfjsWasm } from '../tfjs/tfjs-wasm.ts';
import type { SharedCall, Threads } from '../threads/threads.ts';
import type { Work } from '../threads/worth-sharing.ts';

/** The kernels on a memory: of one backend, or of one call of several threads. */
export interface Runtime {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  /** The threads for `onThreads`; undefined where one is requested. */
  readonly threads?: Threads | undefined;
  /** In a call that is shared: what its jobs are shared among. */
  readonly shared?: Omit<SharedCall, 'heap'> | undefined;
}

/** The runtime of a backend: of tfjs's current one where none is given, which has to be its wasm backend. */
export type RuntimeOf = (backend?: KernelBackend) => Runtime;

export interface Job {
  readonly kernel: WasmKernel;
  /** The fields of the job's class in assembly/, 4 bytes each; floats by `floatBits`. */
  readonly fields: ArrayLike<number>;
  readonly items: number;
  readonly scratchBytes: number;
}

const bits = new DataView(new ArrayBuffer(4));

/** A float32 as the integer of the same bits. */
export function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}

/**
 * Gives each backend its runtime when it is first needed: tfjs may start its backend again, on a new memory.
 * @param open starts the threads of a backend, if there are to be any
 */
export function runtimesOf(compiled: CompiledKernels, open?: (heap: Heap) => Threads): RuntimeOf {
  const runtimes = new WeakMap<KernelBackend, Runtime>();
  return (backend = currentBackend()) => {
    const known = runtimes.get(backend);
    if (known !== undefined) return known;
    const wasm = backend as TfjsWasm; // as register() has checked
    guardHeap(wasm);
    const heap = heapOf(wasm);
    const runtime: Runtime = {
      heap,
      kernels: compiled.on(heap.memory()),
      ...(open && { threads: open(heap) }),
    };
    runtimes.set(backend, runtime);
    return runtime;
  };
}

/**
 * Runs a call of some kernels: on all threads where that pays, else, or where they failed, on this one in tfjs's heap. `run` makes
 * the outputs, and nothing but kernels may read or write tensors in it. What it made is disposed of where it throws.
 */
export function onThreads<T extends object>(runtime: Runtime, work: Work, run: (runtime: Runtime) => T): T {
  const { threads } = runtime;
  if (threads?.unsupported(work) === null) {
    const result = tidied(() =>
      threads.run(work, ({ heap, pool, patience }) => run({ heap, kernels: pool.kernels, shared: { pool, patience } })),
    );
    if (result !== undefined) return result;
  }
  return tidied(() => run(runtime));
}

// The type that tfjs gives to what `tidy` returns has no place for null and undefined, which it passes over.
const tidied = <T>(run: () => T): T => tidy(run as () => TensorContainer) as T;

/** How `onThreads` would run that work. */
export function noteOf({ threads }: Runtime, work: Work): string {
  const why = threads?.unsupported(work);
  if (threads === undefined || why === undefined) return 'on 1 thread, in place';
  if (why !== null) return `on 1 thread, in place: ${why}`;
  return `on ${threads.count} threads, ${threads.copies ? 'in copies' : 'in place'}`;
}

/** Puts the job into the heap, has all its items worked on, and frees it again. */
export function runJob({ heap, shared }: Runtime, { kernel, fields, items, scratchBytes }: Job): void {
  const bytes = 4 * fields.length;
  const jobBytes = bytes + (-bytes & lineMask);
  const apart = scratchBytes + (-scratchBytes & lineMask);
  const job = heap.allocate(jobBytes + apart * (shared?.pool.size ?? 1));
  const scratch = job + jobBytes;
  try {
    heap.i32().set(fields, job / 4);
    if (shared === undefined) runAlone(kernel, job, items, scratch);
    else shared.pool.run({ kernel, job, items, scratch, scratchBytes: apart }, shared.patience);
  } finally {
    heap.free(job);
  }
}

// Kernels whose items are long have points of their own; ranges of the others are short by then.
const rangesOfInterruptible = 32;

/** All items on this thread: in one go, or in ranges with a point before each where the run may be ended. */
function runAlone(kernel: WasmKernel, job: number, items: number, scratch: number): void {
  const step = isInterruptible() ? Math.max(1, Math.ceil(items / rangesOfInterruptible)) : Math.max(1, items);
  for (let from = 0; from < items || from === 0; from += step) {
    interruptionPoint();
    kernel(job, from, Math.min(from + step, items), scratch);
  }
}

/** Threads write to no cache line of each other. */
const lineMask = 63;

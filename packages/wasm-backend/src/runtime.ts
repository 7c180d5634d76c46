import type { KernelBackend } from '@tensorflow/tfjs-core';
import { type Heap, heapOf } from './heap.ts';
import { guardHeap } from './heap-full.ts';
import type { CompiledKernels, KernelExports, WasmKernel } from './load.ts';
import type { TfjsWasm } from './tfjs-wasm.ts';

/** The kernels on the memory of one backend. */
export interface Runtime {
  readonly heap: Heap;
  readonly kernels: KernelExports;
}

export type RuntimeOf = (backend: TfjsWasm) => Runtime;

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

/** Gives each backend its runtime when it is first asked for: tfjs may start its backend anew, on a new memory. */
export function runtimesOf(compiled: CompiledKernels): RuntimeOf {
  const runtimes = new WeakMap<KernelBackend, Runtime>();
  return (backend) => {
    const known = runtimes.get(backend);
    if (known !== undefined) return known;
    guardHeap(backend);
    const heap = heapOf(backend);
    const runtime: Runtime = { heap, kernels: compiled.on(heap.memory()) };
    runtimes.set(backend, runtime);
    return runtime;
  };
}

/** Puts the job into the heap, has all its items worked on, and frees it again. */
export function runJob({ heap }: Runtime, { kernel, fields, items, scratchBytes }: Job): void {
  const bytes = 4 * fields.length;
  const jobBytes = bytes + (-bytes & 15);
  const job = heap.allocate(jobBytes + scratchBytes);
  try {
    heap.i32().set(fields, job / 4);
    kernel(job, 0, items, job + jobBytes);
  } finally {
    heap.free(job);
  }
}

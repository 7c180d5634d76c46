import { withBackend } from '@longspan/tooling/expect';
import { backend, findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { compileKernels } from '../src/binary/load.ts';
import { heapOf } from '../src/heap/heap.ts';
import { type Runtime, runtimesOf } from '../src/runtime/runtime.ts';
import { inSharedMemory } from '../src/tfjs/shared-tfjs.ts';
import type { TfjsWasm } from '../src/tfjs/tfjs-wasm.ts';
import { openThreads, type Threads, type ThreadsOptions } from '../src/threads/threads.ts';

const opened: Threads[] = [];

/** Ends what `runtimeOn` has started. */
export function closeThreads(): void {
  for (const threads of opened.splice(0)) threads.close();
}

export interface ThreadedRuntime {
  readonly runtime: Runtime;
  readonly threads: Threads;
}

/** tfjs's wasm backend again, in memory that threads can share or not; all its tensors are gone. */
export async function restartBackend(shared: boolean): Promise<void> {
  await withBackend('wasm');
  const factory = findBackendFactory('wasm');
  removeBackend('wasm');
  registerBackend('wasm', factory);
  await (shared ? inSharedMemory(() => withBackend('wasm')) : withBackend('wasm'));
}

/** Kernels on one thread of tfjs's wasm backend. */
export async function aloneOn(): Promise<Runtime> {
  await withBackend('wasm');
  return runtimesOf(await compileKernels())();
}

/** Kernels on that many threads, which share every call. */
export async function runtimeOn(requested: number, options: Partial<ThreadsOptions> = {}): Promise<ThreadedRuntime> {
  await withBackend('wasm');
  const own = heapOf(backend() as TfjsWasm);
  const threads = openThreads({ compiled: await compileKernels(), requested, own, unsupported: () => null, ...options });
  opened.push(threads);
  await threads.started;
  return { runtime: runtimesOf(await compileKernels(), () => threads)(), threads };
}

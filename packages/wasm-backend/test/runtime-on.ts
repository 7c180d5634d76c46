import { withBackend } from '@longspan/tooling/expect';
import { backend } from '@tensorflow/tfjs-core';
import { heapOf } from '../src/heap.ts';
import { compileKernels } from '../src/load.ts';
import { openThreads, type Threads, type ThreadsOptions } from '../src/pool/threads.ts';
import { type Runtime, runtimesOf } from '../src/runtime.ts';
import type { TfjsWasm } from '../src/tfjs-wasm.ts';

const opened: Threads[] = [];

/** Ends what `runtimeOn` has started. */
export function closeThreads(): void {
  for (const threads of opened.splice(0)) threads.close();
}

export interface ThreadedRuntime {
  readonly runtime: Runtime;
  readonly threads: Threads;
}

/** Kernels on one thread of tfjs's wasm backend. */
export async function aloneOn(): Promise<Runtime> {
  await withBackend('wasm');
  return runtimesOf(await compileKernels(false))(backend() as TfjsWasm);
}

/** Kernels on that many threads, which share every call. */
export async function runtimeOn(asked: number, options: Partial<ThreadsOptions> = {}): Promise<ThreadedRuntime> {
  await withBackend('wasm');
  const own = heapOf(backend() as TfjsWasm);
  const threads = openThreads({ compiled: await compileKernels(true), asked, own, refuses: () => null, ...options });
  opened.push(threads);
  await threads.started;
  return { runtime: runtimesOf(await compileKernels(false), () => threads)(backend() as TfjsWasm), threads };
}

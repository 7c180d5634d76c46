import { setFlagsFromString } from 'node:v8';
import { withBackend } from '@longspan/tooling/expect';
import { backend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Instructions, instructionSets } from '../src/binary/instructions.ts';
import { compileKernels } from '../src/binary/load.ts';
import { heapOf } from '../src/heap/heap.ts';
import { type Runtime, type RuntimeOf, runtimesOf } from '../src/runtime/runtime.ts';
import type { TfjsWasm } from '../src/tfjs/tfjs-wasm.ts';
import { openThreads, type Threads } from '../src/threads/threads.ts';

/** Lets this process take relaxed SIMD: Node has it after a flag up to 20, and by default from 22. */
export function allowRelaxedSimd(): void {
  setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** A build of the kernels, and how many threads share each call. */
export interface Build {
  readonly instructions: Instructions;
  readonly threads: number;
}

export const builds: readonly Build[] = instructionSets.flatMap((instructions) => [1, 2].map((threads) => ({ instructions, threads })));

export interface OpenBuild {
  readonly runtimeOf: RuntimeOf;
  /** Undefined for one thread. */
  readonly threads: Threads | undefined;
  close(): void;
}

/** Starts tfjs's wasm backend and a build for it, without putting its kernels in place of tfjs's own. Threads share every call. */
export async function openBuild({ instructions, threads: requested }: Build): Promise<OpenBuild> {
  allowRelaxedSimd();
  await withBackend('wasm');
  const compiled = await compileKernels(instructions);
  if (requested === 1) return { runtimeOf: runtimesOf(compiled), threads: undefined, close() {} };
  const threads = openThreads({ compiled, requested, own: heapOf(backend() as TfjsWasm), unsupported: () => null });
  await threads.started;
  if (threads.count !== requested) throw new Error(`${threads.count} of ${requested} threads: ${threads.reason}`);
  return { runtimeOf: runtimesOf(compiled, () => threads), threads, close: threads.close };
}

/** Runs the same tests with each build of the kernels on tfjs's wasm backend, without putting them in place of tfjs's own. */
export function onBuilds(label: string, tests: (runtime: () => Runtime) => void): void {
  describe.each(builds)(`${label} in $instructions on $threads threads`, (build) => {
    let open: OpenBuild;
    beforeAll(async () => {
      open = await openBuild(build);
    });
    afterAll(() => open.close());
    tests(() => open.runtimeOf());
  });
}

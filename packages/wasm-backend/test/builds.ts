import { setFlagsFromString } from 'node:v8';
import { withBackend } from '@longspan/tooling/expect';
import { backend } from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';
import { instructionSets } from '../src/instructions.ts';
import { compileKernels } from '../src/load.ts';
import { type Runtime, runtimesOf } from '../src/runtime.ts';
import type { TfjsWasm } from '../src/tfjs-wasm.ts';

/** Lets this process take relaxed SIMD: Node has it behind a flag up to 20, and by default from 22. */
export function allowRelaxedSimd(): void {
  setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** Runs the same tests with each build of the kernels on tfjs's wasm backend, without putting them in place of tfjs's own. */
export function onBuilds(label: string, tests: (runtime: () => Runtime) => void): void {
  describe.each(instructionSets)(`${label} in %s`, (instructions) => {
    let runtime: Runtime;
    beforeAll(async () => {
      allowRelaxedSimd();
      await withBackend('wasm');
      runtime = runtimesOf(await compileKernels(false, instructions))(backend() as TfjsWasm);
    });
    tests(() => runtime);
  });
}

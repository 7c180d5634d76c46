import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe } from 'vitest';
import { isTried, isWhole } from './effort.ts';

export type Backend = 'cpu' | 'wasm';

/** Whether wasm-backend's kernels are registered. */
export type Kernels = 'stock' | 'ours';

/** Makes that backend the current one, with tfjs's gradients registered. */
export async function withBackend(backend: Backend): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  setWasmPaths(`${folder}/`);
  if (!(await tf.setBackend(backend))) throw new Error(`the tfjs backend ${backend} must start`);
  await tf.ready();
}

type Tests = (backend: Backend, kernels: Kernels) => void;

/**
 * Runs the same tests on tfjs's cpu backend, on its wasm backend, and on wasm with the kernels of wasm-backend in place. Outside `.ci/full` one
 * label of three is tried on the stock wasm backend: without our kernels the two backends differ in tfjs's operations alone, which the parity
 * tries on both.
 */
export function onBackends(label: string, tests: Tests): void {
  describe.each(isTried(label, 3) ? (['cpu', 'wasm'] as const) : (['cpu'] as const))(`${label} on %s`, (backend) => {
    beforeAll(() => withBackend(backend));
    tests(backend, 'stock');
  });
  onOurKernels(label, tests);
}

/**
 * Runs tests that train for many steps: with the kernels of wasm-backend, and in `.ci/full` on all of {@link onBackends}. Gradients, which other
 * tests compare everywhere, are what training could go wrong by.
 */
export function onTrainingBackends(label: string, tests: Tests): void {
  (isWhole ? onBackends : onOurKernels)(label, tests);
}

/** Runs tests that take long on cpu and with the kernels of wasm-backend, and in `.ci/full` on all of {@link onBackends}. */
export function onFewerBackends(label: string, tests: Tests): void {
  if (isWhole) {
    onBackends(label, tests);
    return;
  }
  describe(`${label} on cpu`, () => {
    beforeAll(() => withBackend('cpu'));
    tests('cpu', 'stock');
  });
  onOurKernels(label, tests);
}

function onOurKernels(label: string, tests: Tests): void {
  describe(`${label} on wasm with our kernels`, () => {
    let leave = (): void => {};
    beforeAll(async () => {
      await withBackend('wasm');
      leave = (await register({ threads: 1 })).unregister;
    });
    afterAll(() => leave());
    tests('wasm', 'ours');
  });
}

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe } from 'vitest';

export type Backend = 'cpu' | 'wasm';

/** Makes that backend the current one, with tfjs's gradients registered. */
export async function withBackend(backend: Backend): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  setWasmPaths(`${folder}/`);
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs backend ${backend} did not start`);
  await tf.ready();
}

/** Runs the same tests on the cpu and on the wasm backend. */
export function onBackends(label: string, tests: (backend: Backend) => void): void {
  describe.each(['cpu', 'wasm'] as const)(`${label} on %s`, (backend) => {
    beforeAll(() => withBackend(backend));
    tests(backend);
  });
}

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type RegisterOptions, type Registration, register } from '@longspan/wasm-backend';
import { backend, enableProdMode, ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers tfjs's gradients, in half the time that the umbrella package takes to load
import type { BackendName } from './backend-name.ts';

/**
 * Makes that tfjs backend the current one in this process, on wasm with Longspan's kernels in place.
 * @param kernels 'stock' leaves tfjs as its users have it: what dense attention is measured on
 */
export async function startBackend(name: BackendName, kernels: 'longspan' | 'stock' = 'longspan'): Promise<void> {
  if (name === 'wasm' && kernels === 'longspan') {
    await startLongspan();
    return;
  }
  enableProdMode(); // else the cpu backend prints a banner
  if (name === 'wasm') await findBinaries();
  else await import('@tensorflow/tfjs-backend-cpu');
  if (!(await setBackend(name))) throw new Error(`the tfjs backend ${name} did not start`);
  await ready();
}

/** tfjs's wasm backend as `register()` starts it: where there are several threads, they work on its tensors in place. */
export async function startLongspan(options: RegisterOptions = {}): Promise<Registration> {
  enableProdMode();
  await findBinaries();
  return await register(options);
}

async function findBinaries(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
}

/** Bytes of the wasm heap, which only ever grows; 0 on other backends. */
export function wasmHeapBytes(): number {
  const { wasm } = backend() as { wasm?: { HEAPU8?: Uint8Array } }; // tfjs types the module without its heap
  return wasm?.HEAPU8?.length ?? 0;
}

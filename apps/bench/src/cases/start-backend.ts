import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { backend, enableProdMode, ready, setBackend } from '@tensorflow/tfjs'; // the umbrella: it registers tfjs's gradients
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { BackendName } from './backend-name.ts';

/** Makes that tfjs backend the current one in this process. */
export async function startBackend(name: BackendName): Promise<void> {
  enableProdMode(); // else the cpu backend prints a banner
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  if (!(await setBackend(name))) throw new Error(`the tfjs backend ${name} did not start`);
  await ready();
}

/** Bytes of the wasm heap, which only ever grows; 0 on other backends. */
export function wasmHeapBytes(): number {
  const { wasm } = backend() as { wasm?: { HEAPU8?: Uint8Array } }; // tfjs types the module without its heap
  return wasm?.HEAPU8?.length ?? 0;
}

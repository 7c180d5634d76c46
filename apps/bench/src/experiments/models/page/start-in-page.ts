import { type RegisterOptions, type Registration, register } from '@longspan/wasm-backend';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { enableProdMode } from '@tensorflow/tfjs-core';

/** tfjs's wasm backend with our kernels, in a page or a worker of bundle-page.ts. */
export async function startInPage(options: RegisterOptions): Promise<Registration> {
  enableProdMode();
  setWasmPaths(new URL('/tfjs/', location.href).href);
  return await register(options);
}

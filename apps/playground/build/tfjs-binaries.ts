import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const folder = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
const binaries = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

/** Serves and emits the binaries of tfjs's wasm backend under `tfjs/`, where workers look for them. */
export function tfjsBinaries(): Plugin {
  return {
    name: 'tfjs-binaries',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const wanted = binaries.find((each) => request.url?.split('?')[0]?.endsWith(`/tfjs/${each}`));
        if (wanted === undefined) return next();
        response.setHeader('Content-Type', 'application/wasm');
        response.end(readFileSync(join(folder, wanted)));
      });
    },
    generateBundle() {
      for (const each of binaries) this.emitFile({ type: 'asset', fileName: `tfjs/${each}`, source: readFileSync(join(folder, each)) });
    },
  };
}

// A worker with our kernels, which counts the points at which its runs can be ended.
import '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import { register } from '@longspan/wasm-backend';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { bert } from '../../src/family/bert/index.ts';
import { serveModels } from '../../src/worker/index.ts';

const points = workerData as Int32Array;
const place = Symbol.for('@longspan/core-tensor: interruption');
let check: (() => void) | undefined;
Object.defineProperty(globalThis, place, {
  get: () => check,
  set(given: (() => void) | undefined) {
    check =
      given &&
      (() => {
        Atomics.add(points, 0, 1);
        given();
      });
  },
});

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
await register({ threads: 2 });
serveModels({ families: [bert] });

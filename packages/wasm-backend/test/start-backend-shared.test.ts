import '@tensorflow/tfjs-backend-wasm';
import { explain, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { backend, memory, randomNormal, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterEach, expect, it } from 'vitest';
import { heapOf } from '../src/heap/heap.ts';
import { type Registration, register } from '../src/index.ts';
import type { TfjsWasm } from '../src/tfjs/tfjs-wasm.ts';

let registration: Registration | undefined;
afterEach(() => registration?.unregister());

it('where register() starts the wasm backend, threads work in its memory: same numbers, nothing copied, nothing left behind', async () => {
  const { instantiate } = WebAssembly;
  const both = await Promise.all([register({ threads: 2 }), register({ threads: 2 })]);
  registration = both[0];
  expect([registration.threads, registration.threadsReason, both[1]]).toEqual([2, undefined, registration]);
  expect(WebAssembly.instantiate).toBe(instantiate);
  expect(heapOf(backend() as TfjsWasm).memory().buffer).toBeInstanceOf(SharedArrayBuffer);

  const x = randomNormal([1, 4, 2048, 64], 0, 1, 'float32', 3) as Tensor4D;
  const options = { mask: slidingWindow({ left: 255, right: 0 }) };
  expect(explain(x, x, x, options).reason).toBe('wasm-simd; on 2 threads, in place');
  const before = memory().numTensors;
  const values = async (): Promise<Float32Array> => {
    const { out, logSumExp } = sparseAttention(x, x, x, options);
    const found = (await out.data()) as Float32Array;
    out.dispose();
    logSumExp.dispose();
    return found;
  };
  const onTwo = await values();
  expect(onTwo.buffer).toBeInstanceOf(ArrayBuffer); // the user's own, not a view of memory that changes
  expect(memory().numTensors).toBe(before);
  registration.unregister();
  registration = await register({ threads: 1 });
  expect(Buffer.compare(new Uint8Array(onTwo.buffer), new Uint8Array((await values()).buffer))).toBe(0);
});

import '@tensorflow/tfjs-backend-wasm';
import { env, getBackend, matMul, registerBackend, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { register } from '../src/index.ts';

it('where no backend was set, register() starts the wasm backend, without threads of its own, also when called twice', async () => {
  const better = vi.fn();
  registerBackend('better', better, 9);
  expect(getBackend()).toBeFalsy();
  const [registration, again] = await Promise.all([register({ threads: 1 }), register({ threads: 1 })]);
  expect(again).toBe(registration);
  expect(better).not.toHaveBeenCalled();
  expect(getBackend()).toBe('wasm');
  expect(env().getFlags()).toMatchObject({ WASM_HAS_MULTITHREAD_SUPPORT: false });
  const square = tensor2d([1, 2, 3, 4], [2, 2]);
  expect([...(await matMul(square, square).data())]).toEqual([7, 10, 15, 22]);
  registration.unregister();
});

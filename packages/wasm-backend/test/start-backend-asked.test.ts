import '@tensorflow/tfjs-backend-wasm';
import { env, getBackend } from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { register } from '../src/index.ts';

it("where the user has decided on tfjs's own threads, register() starts the wasm backend and leaves that as it is", async () => {
  const flag = 'WASM_HAS_MULTITHREAD_SUPPORT';
  env().set(flag, false);
  const set = vi.spyOn(env(), 'set');
  const { unregister } = await register({ threads: 1 });
  expect(getBackend()).toBe('wasm');
  expect(set.mock.calls.filter(([name]) => name === flag)).toEqual([]);
  unregister();
});

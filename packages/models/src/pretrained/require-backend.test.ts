import { engine } from '@tensorflow/tfjs-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { fromPretrained } from './from-pretrained.ts';

it('names register() where tfjs has nothing to compute with', async () => {
  const own = vi.spyOn(engine(), 'backend', 'get').mockImplementation(() => {
    throw new Error("The highest priority backend 'wasm' has not yet been initialized.");
  });
  onTestFinished(() => own.mockRestore());
  await expect(fromPretrained('anywhere')).rejects.toThrow(
    `fromPretrained: a backend of tfjs must be ready.
  expected  await register() of '@longspan/wasm-backend' or '@longspan/gpu-backend', once, before anything is computed
  got       The highest priority backend 'wasm' has not yet been initialized.
  remedy    await register() first; without these packages import '@tensorflow/tfjs-backend-cpu' and await setBackend('cpu').`,
  );
});

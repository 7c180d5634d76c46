import { linearContract } from '@longspan/core-tensor/kernel';
import { withBackend } from '@longspan/tooling/expect';
import { expect, it, vi } from 'vitest';
import { requireBackend } from './require-backend.ts';

it('says once that a backend has faster kernels than those in place', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await withBackend('cpu');
  requireBackend('fromPretrained');
  await withBackend('wasm');
  const remove = linearContract.addKernel('wasm', { name: 'fast', forward: () => [] as never });
  requireBackend('fromPretrained');
  expect(warn).not.toHaveBeenCalled();
  remove();
  requireBackend('fromPretrained');
  requireBackend('fromPretrained');
  expect(warn.mock.calls).toEqual([
    [
      "fromPretrained: models run on tfjs's own kernels of 'wasm', which take longer than those of '@longspan/wasm-backend': await register() of it first.",
    ],
  ]);
});

import { linearContract } from '@longspan/core-tensor/kernel';
import { withBackend } from '@longspan/tooling/expect';
import { expect, it, vi } from 'vitest';
import { requireBackend } from './require-backend.ts';

it('says once that a backend has faster kernels than those in place', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await withBackend('cpu');
  requireBackend('toBeTold');
  await withBackend('wasm');
  const remove = linearContract.addKernel('wasm', { name: 'fast', forward: () => [] as never });
  requireBackend('toBeTold');
  expect(warn).not.toHaveBeenCalled();
  remove();
  requireBackend('toBeTold');
  requireBackend('toBeTold');
  expect(warn.mock.calls).toEqual([
    [
      "toBeTold: models run on tfjs's own kernels of 'wasm', which take longer than those of '@longspan/wasm-backend': await register() of it first.",
    ],
  ]);
});

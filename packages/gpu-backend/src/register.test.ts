import { getBackend, getKernel } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { register } from './index.ts';

it('register() resolves to the reason where there is no WebGPU, after it has looked at its options, and loads nothing', async () => {
  const before = getBackend();
  expect(await register({ features: ['subgroups'] })).toEqual({
    registered: false,
    reason: 'there is no navigator.gpu: this engine has no WebGPU, or the page is no secure context',
  });
  expect([getBackend(), getKernel('Add', 'webgpu')]).toEqual([before, undefined]);
  await expect(register({ features: [3] } as never)).rejects.toThrow('register: features must be a text.');
});

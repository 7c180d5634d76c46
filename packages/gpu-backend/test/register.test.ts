import { explain, sparseAttention } from '@longspan/attention-sparse';
import '@longspan/tooling/expect';
import { env, findBackendFactory, getBackend, getKernel, ones, tensor, zeros } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { register } from '../src/index.ts';
import { kernels } from '../src/kernels/index.ts';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';

let leave = (): void => {};
afterEach(() => leave());

describe('register', () => {
  it('makes webgpu the backend, on a device with the features and limits of the adapter, and says what it got', async () => {
    const stock = findBackendFactory('webgpu');
    const made = await registered();
    leave = made.unregister;
    expect(getBackend()).toBe('webgpu');
    const adapter = await navigator.gpu.requestAdapter();
    const wanted = ['subgroups', 'shader-f16', 'timestamp-query'].filter((feature) => adapter?.features.has(feature as GPUFeatureName));
    expect(made.features).toEqual(expect.arrayContaining(wanted));
    expect(made.limits['maxStorageBuffersPerShaderStage']).toBe(adapter?.limits.maxStorageBuffersPerShaderStage);
    expect(made.limits['maxBufferSize']).toBe(adapter?.limits.maxBufferSize);
    expect(made.adapter.vendor).toBe(adapter?.info.vendor);
    expect([made.device, made.kernels]).toEqual(['own', kernels.map(({ name }) => name)]);
    expect(findBackendFactory('webgpu')).not.toBe(stock);
    made.unregister();
    expect(findBackendFactory('webgpu')).toBe(stock);
  });

  it('twice changes nothing, also at once; its attention runs, and after unregister() the reference does', async () => {
    const [one, other] = await Promise.all([registered(), registered()]);
    leave = one.unregister;
    expect(other).toBe(one);
    const x = ones([1, 1, 8, 4]);
    expect(explain(x, x, x).kernel).toBe('webgpu-tiles');
    const { out } = sparseAttention(x, x, x);
    expect([...(await out.data())]).toEqual(new Array(32).fill(1));
    one.unregister();
    one.unregister();
    expect(explain(x, x, x)).toMatchObject({ kernel: 'reference', reason: expect.stringContaining('no backend package is registered') });
  });

  it('unregister() puts tfjs back as it was: its kernels and its methods', async () => {
    (await registered()).unregister(); // the backend is there from now on
    const state = () => [
      getKernel('Tile', 'webgpu').kernelFunc,
      getKernel('Cast', 'webgpu').kernelFunc,
      webgpu().read,
      webgpu().runWebGPUProgram,
    ];
    const before = state();
    const made = await registered();
    leave = made.unregister;
    expect(state().filter((each, at) => each === before[at])).toEqual([]);
    made.unregister();
    expect(state()).toEqual(before);
  });

  it('keeps the tensors of a backend that had started before', async () => {
    (await registered()).unregister();
    const x = tensor([1, 2, 3]);
    const made = await registered();
    leave = made.unregister;
    expect(made.device).toBe("tfjs's");
    expect([...(await x.data())]).toEqual([1, 2, 3]);
  });

  it('resolves to the reason where there is no WebGPU, and changes nothing', async () => {
    const { gpu } = navigator;
    const state = () => [getKernel('Tile', 'webgpu').kernelFunc, findBackendFactory('webgpu')];
    const before = state();
    const engine = (globalThis as object as Record<string, { registry: Record<string, unknown> }>)['_tfengine'];
    const running = engine?.registry['webgpu'];
    delete engine?.registry['webgpu'];
    Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
    onTestFinished(() => {
      Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
      if (engine) engine.registry['webgpu'] = running;
    });
    expect(await register()).toEqual({
      registered: false,
      reason: 'there is no navigator.gpu: this engine has no WebGPU, or the page is no secure context',
    });
    Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => null }, configurable: true });
    expect(await register()).toEqual({
      registered: false,
      reason: 'navigator.gpu has no adapter: no graphics card or driver that WebGPU accepts',
    });
    expect(state()).toEqual(before);
  });

  it.each([
    [{ devise: 1 }, 'every option must be one of those that register knows'],
    [{ device: {} }, 'device must be a GPUDevice'],
    [{ features: 'subgroups' }, 'features must be a list'],
  ])('%j is an error', async (options, text) => {
    await expect(register(options as never)).rejects.toThrow(text);
  });

  it('trim() gives the free buffers of the pool back, and tfjs goes on', async () => {
    const made = await registered();
    leave = made.unregister;
    made.trim();
    const before = webgpu().bufferManager.numBytesAllocated;
    for (let n = 1; n <= 20; n++) {
      const x = zeros([n, 1000]);
      await x.data();
      const y = ones([n, 1000]).add(x);
      await y.data();
      y.dispose();
      x.dispose();
    }
    const grown = webgpu().bufferManager.numBytesAllocated - before;
    expect(grown).toBeGreaterThan(500_000);
    const freed = made.trim();
    expect(freed).toBeGreaterThan(500_000);
    expect(webgpu().bufferManager.getNumFreeBuffers()).toBe(0);
    expect(webgpu().bufferManager.numBytesAllocated).toBe(before + grown - freed);
    expect([...(await ones([3, 1000]).sum(1).data())]).toEqual([1000, 1000, 1000]);
  });

  it('tests compute on the device, not on the CPU', () => {
    expect(env().getBool('WEBGPU_CPU_FORWARD')).toBe(false);
  });
});

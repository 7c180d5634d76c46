import { sparseAttention } from '@longspan/attention-sparse';
import '@longspan/tooling/expect';
import { backend, mul, ones } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { DeviceLostError } from '../src/index.ts';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';

describe('a lost device', () => {
  it('fails every pending and later call with DeviceLostError, and register() makes a new one', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {}); // what Dawn says of work on a lost device
    const first = await registered();
    const { device } = webgpu();
    const lost = backend();
    const x = ones([1, 1, 40, 8]);
    const { out } = sparseAttention(x, x, x);
    const pending = out.data();
    const waiting = expect(pending).rejects.toThrow(DeviceLostError);
    const unread = mul(out, 2);
    device.destroy();
    await device.lost;
    await waiting;
    await expect(unread.data()).rejects.toThrow('the WebGPU device must be there');
    expect(() => sparseAttention(x, x, x)).toThrow(DeviceLostError);
    expect(() => sparseAttention(x, x, x)).toThrow(/await register\(\) again/);

    const second = await registered();
    expect(second).not.toBe(first);
    expect(backend()).not.toBe(lost);
    expect(webgpu().device).not.toBe(device);
    const y = ones([1, 1, 40, 8]);
    expect([...(await sparseAttention(y, y, y).out.data())]).toEqual(new Array(320).fill(1));
    first.unregister(); // of a registration that is over: nothing
    expect([...(await sparseAttention(y, y, y).out.data())]).toEqual(new Array(320).fill(1));
    second.unregister();
  });

  it('a device of the caller is taken, and says so; another one comes too late', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const running = await registered();
    const other = (await (await navigator.gpu.requestAdapter())?.requestDevice()) as GPUDevice;
    await expect(registered({ device: other })).rejects.toThrow('the device must be given before the webgpu backend starts');
    const { device } = webgpu();
    device.destroy();
    await device.lost;
    running.unregister();
    const made = await registered({ device: other });
    expect([made.device, webgpu().device]).toEqual(['given', other]);
    const y = ones([1, 1, 40, 8]);
    expect([...(await sparseAttention(y, y, y).out.data())]).toEqual(new Array(320).fill(1));
    made.unregister();
  });
});

import { everything, explain } from '@longspan/attention-sparse';
import { add, dispose, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { multiplyAddsOn } from '../../src/experiments/gpu/device/multiply-adds.ts';
import { recorderOn } from '../../src/experiments/gpu/device/recorder.ts';
import { startDevice } from '../../src/experiments/gpu/device/start-device.ts';

const device = await startDevice();
const tensors = [zeros([64, 64]), zeros([64, 64])] as const;
await Promise.all(tensors.map((tensor) => tensor.data()));

describe('the device of bench gpu', () => {
  it('takes turns between our kernels and those of tfjs', async () => {
    const x = zeros([1, 1, 64, 8]);
    const kernel = () => explain(x, x, x, { mask: everything() }).kernel;
    for (let turn = 0; turn < 2; turn++) {
      await device.swap.ours();
      expect(kernel()).toBe('webgpu-tiles');
      await device.swap.stock();
      expect(kernel()).toBe('reference');
    }
  });

  it('counts an operation of tfjs: its dispatch, and the bytes of its operands, its result and its sizes', async () => {
    let sum: Tensor | undefined;
    const { dispatches, bytes } = await device.recorder.record(() => {
      sum = add(...tensors);
    });
    dispose([sum].flatMap((tensor) => tensor ?? []));
    expect(dispatches).toBe(1);
    expect(bytes).toBeGreaterThanOrEqual(3 * 4 * 64 * 64);
    expect(bytes).toBeLessThan(3 * 4 * 64 * 64 + 256);
  });

  it('counts nothing outside of a recording', async () => {
    dispose(add(...tensors));
    expect((await device.recorder.record(() => {})).dispatches).toBe(0);
  });

  it('times passes by the clock of the device, and checks the arithmetic of the peak', async () => {
    const recorder = recorderOn(device.gpu, () => {}, true);
    for (const peak of multiplyAddsOn(device.gpu, 2, 2)) {
      const { dispatches, seconds } = await recorder.record(() => peak.run());
      expect(dispatches).toBe(1);
      expect(seconds).toBeGreaterThanOrEqual(0);
      await peak.check();
    }
  });
});

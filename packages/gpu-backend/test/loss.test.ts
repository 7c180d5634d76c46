import { causal, multiHeadAttention, sparseAttention } from '@longspan/attention-sparse';
import { createKey, transformerLayer } from '@longspan/core-tensor';
import { languageModel } from '@longspan/models/language-model';
import '@longspan/tooling/expect';
import { type Batch, type CheckpointStore, constantSchedule, type TrainingRun, train } from '@longspan/training';
import { backend, mul, ones, tensor2d } from '@tensorflow/tfjs-core';
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

  it('a training run goes on from its last checkpoint, as if nothing had happened', { timeout: 120_000 }, async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const attention = multiHeadAttention({ width: 8, heads: 2, mask: causal() });
    const model = languageModel({
      vocabulary: 5,
      width: 8,
      layers: { one: transformerLayer({ width: 8, attention, hiddenDropout: 0.1 }) },
    });
    const data = function* (from: number): Generator<Batch> {
      for (let at = from; ; at++) {
        const ids = Array.from({ length: 9 }, (_, index) => (at + index) % 5);
        const batch = (start: number) => tensor2d([ids.slice(start, start + 8)], [1, 8], 'int32');
        yield { x: batch(0), context: { targets: batch(1) } };
      }
    };
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    const store: CheckpointStore = {
      read: async () => bytes,
      write: async (given) => {
        bytes = given;
      },
    };
    const options = { key: createKey('lost'), steps: 6, schedule: constantSchedule(0.01), maxNorm: 1 };
    const losses: number[] = [];
    const take = async (run: TrainingRun, onStep: (step: number) => void): Promise<void> => {
      for await (const { step, loss } of run) {
        losses.push(loss);
        onStep(step);
      }
    };
    const first = await registered();
    await take(train(model.loss, data, options), () => {});
    const undisturbed = losses.splice(0);

    const checkpoint = { store, every: 1 };
    const { device } = webgpu();
    const lost = take(train(model.loss, data, { ...options, checkpoint }), (step) => {
      if (step === 3) device.destroy();
    });
    await expect(lost).rejects.toThrow(DeviceLostError);
    const second = await registered();
    await take(train(model.loss, data, { ...options, checkpoint }), () => {});
    expect(losses).toEqual(undisturbed);
    first.unregister();
    second.unregister();
  });
});

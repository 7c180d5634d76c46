import { adamWStepContract } from '@longspan/core-tensor/kernel';
import '@longspan/tooling/expect';
import { ones, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32, u32 } from '../src/encode/encode.ts';
import { stepText, tensorsOfOne } from '../src/kernels/adamw-step/wgsl.ts';
import { structOf } from '../src/wgsl/fields.ts';
import { packed } from '../src/wgsl/packed.ts';
import { declared } from '../src/wgsl/program-text.ts';
import { registered } from './registered.ts';
import { counted, webgpu } from './tfjs-parts.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

const attributes = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, step: 1 };

describe("AdamW's step", () => {
  it('takes as many parameters in a dispatch as the device has storage buffers for, and says so', () => {
    const most = Math.floor(webgpu().device.limits.maxStorageBuffersPerShaderStage / 7);
    const inputs = [3, 4, 8].flatMap((size) => [ones([size]), ones([size]), zeros([size]), zeros([size])]);
    expect(adamWStepContract.explain(inputs, attributes).reason).toBe(`webgpu-wgsl; ${most} parameters to a dispatch`);
    const before = webgpu().dispatchCountInPass;
    const { submits } = counted(() => adamWStepContract.run(inputs, attributes));
    expect(webgpu().dispatchCountInPass + 15 * submits - before).toBe(1 + Math.ceil(2 / most)); // numbers one by one, and in fours
  });

  // Adapters in software bind one parameter at a time, so what others run is only compiled here.
  it.each([1, 2, 4])('its program for %i parameters compiles, in fours and one by one', async (count) => {
    const { device } = webgpu();
    for (const { code } of [packed(4), packed(3)]) {
      const bindings = Array.from({ length: count }, (_, nth) =>
        tensorsOfOne.map(({ name, isWritten }) => ({ name: `${name}${nth}`, type: 'array<N>', isWritten })),
      ).flat();
      const numbers = ['stepSize', 'beta1', 'beta2', 'share1', 'share2', 'correction', 'epsilon', 'shrink'];
      const fields = {
        ...Object.fromEntries(Array.from({ length: count }, (_, nth) => [`count${nth}`, u32(4)])),
        ...Object.fromEntries(numbers.map((name) => [name, f32(1)])),
      };
      const module = device.createShaderModule({ code: `${declared(bindings, structOf(fields))}\n${stepText(code, count)}` });
      expect((await module.getCompilationInfo()).messages.map(({ message }) => message)).toEqual([]);
    }
  });
});

import { adafactorStepContract, adamWStepContract, muonStepContract, sgdStepContract } from '@longspan/core-tensor/kernel';
import '@longspan/tooling/expect';
import { dispose, ones, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32, u32 } from '../src/encode/encode.ts';
import { adamWText } from '../src/kernels/adamw-step/wgsl.ts';
import { listText } from '../src/kernels/parameter-lists/wgsl.ts';
import { sgdText } from '../src/kernels/sgd-step/wgsl.ts';
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

const bindings = (): number => webgpu().device.limits.maxStorageBuffersPerShaderStage;

/** How many programs `run` puts onto the device. */
function dispatches(run: () => readonly Tensor[]): number {
  const before = webgpu().dispatchCountInPass;
  let made: readonly Tensor[] = [];
  const { submits } = counted(() => {
    made = run();
  });
  dispose([...made]);
  return webgpu().dispatchCountInPass + 15 * submits - before;
}

/** For each shape a parameter, a gradient and so many tensors of zeros. */
const list = (shapes: readonly number[][], remembered: number): Tensor[] =>
  shapes.flatMap((shape) => [ones(shape), ones(shape), ...Array.from({ length: remembered }, () => zeros(shape))]);

const adamW = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, step: 1 };
const sgd = { learningRate: 0.1, momentum: 0.9, weightDecay: 0 };
const adafactor = { learningRate: 0.1, leastScale: 1e-3, beta2: 0.9, beta1: null, epsilon: 1e-30, clipThreshold: 1, weightDecay: 0 };

describe("an optimiser's step", () => {
  it('of AdamW and SGD takes as many parameters in a dispatch as the device has storage buffers for, and says so', () => {
    const shapes = [[3], [4], [8], [2, 6]]; // one is taken number by number, three in fours
    const ofAdamW = list(shapes, 2);
    const mostOfAdamW = Math.floor(bindings() / 7);
    expect(adamWStepContract.explain(ofAdamW, adamW).reason).toBe(`webgpu-wgsl; ${mostOfAdamW} parameters to a dispatch`);
    expect(dispatches(() => adamWStepContract.run(ofAdamW, adamW))).toBe(1 + Math.ceil(3 / mostOfAdamW));
    const ofSgd = list(shapes, 1);
    const mostOfSgd = Math.floor(bindings() / 5);
    expect(sgdStepContract.explain(ofSgd, sgd).reason).toBe(`webgpu-wgsl; ${mostOfSgd} parameters to a dispatch`);
    expect(dispatches(() => sgdStepContract.run(ofSgd, sgd))).toBe(1 + Math.ceil(3 / mostOfSgd));
  });

  it('of Adafactor takes five dispatches for a parameter of any shape', () => {
    const inputs = [ones([300, 40]), ones([300, 40]), zeros([300]), zeros([40]), ...list([[7]], 1)];
    expect(dispatches(() => adafactorStepContract.run(inputs, adafactor))).toBe(10);
  });

  it('of Muon takes two dispatches for a matrix, and three for each iteration', () => {
    const attributes = { ...sgd, iterations: 5 };
    for (const shape of [
      [16, 8],
      [8, 16],
    ])
      expect(dispatches(() => muonStepContract.run(list([shape], 1), attributes))).toBe(17);
  });

  // Adapters in software bind one parameter at a time, so what others run is only compiled here.
  it.each([adamWText, sgdText].flatMap((text) => [1, 2, 4].map((count) => ({ text, count }))))(
    '$text.name: its program for $count parameters compiles, in fours and one by one',
    async ({ text, count }) => {
      const { device } = webgpu();
      for (const { code } of [packed(4), packed(3)]) {
        const bound = Array.from({ length: count }, (_, nth) =>
          text.tensors.map(({ name, isWritten }) => ({ name: `${name}${nth}`, type: 'array<N>', isWritten })),
        ).flat();
        const numbers = ['stepSize', 'beta1', 'beta2', 'share1', 'share2', 'correction', 'epsilon', 'shrink', 'rate', 'keep', 'decay'];
        const fields = {
          ...Object.fromEntries(Array.from({ length: count }, (_, nth) => [`count${nth}`, u32(4)])),
          ...Object.fromEntries(numbers.map((name) => [name, f32(1)])),
        };
        const module = device.createShaderModule({ code: `${declared(bound, structOf(fields))}\n${listText(code, text, count)}` });
        expect((await module.getCompilationInfo()).messages.map(({ message }) => message)).toEqual([]);
      }
    },
  );
});

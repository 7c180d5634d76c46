import { adafactorStepContract, adamWStepContract, muonStepContract, sgdStepContract } from '@longspan/core-tensor/kernel';
import { expectClose } from '@longspan/tooling/expect';
import { dispose, ones, type Tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
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

  it('of AdamW has the digits of a parameter that is all but equal to its change', async () => {
    const [parameter, slope, before, squares] = [1.8039251565933228, 0.090464286506176, 1.25583815574646, 3.273725451435894e-5];
    const given = [parameter, slope, before, squares].map((each) => tensor1d([each]));
    const [moved, first, second] = adamWStepContract.run(given, { ...adamW, learningRate: 0.02, weightDecay: 0.1, step: 302 });
    const moments = [0.9 * before + 0.1 * slope, 0.999 * squares + 0.001 * slope ** 2] as const;
    const deviation = Math.sqrt(moments[1] / (1 - 0.999 ** 302)) + 1e-8;
    const change = (0.02 * moments[0]) / (1 - 0.9 ** 302) / deviation;
    expect(change).toBeCloseTo(parameter, 1);
    // Each of the two rounded once would be 1.2e-7 off.
    expectClose(await (moved as Tensor).data(), [parameter * (1 - 0.002) - change], { atol: 2e-7, rtol: 0 });
    expectClose(await (first as Tensor).data(), [moments[0]], { atol: 0, rtol: 1.2e-7 });
    expectClose(await (second as Tensor).data(), [moments[1]], { atol: 0, rtol: 1.2e-7 });
  });

  it('of AdamW has the digits of small gradients after large ones, however little stays of those', async () => {
    const given = [[1], [1e-3], [1e6], [1e12]].map((each) => tensor1d(each));
    const moments = async (beta: number) =>
      Promise.all(
        adamWStepContract
          .run(given, { ...adamW, beta1: beta, beta2: beta })
          .slice(1)
          .map(async (each) => (await each.data())[0]),
      );
    expect(await moments(0)).toEqual([Math.fround(1e-3), Math.fround(Math.fround(1e-3) ** 2)]);
    expectClose((await moments(1e-6)) as number[], [1 + 1e-3 * (1 - 1e-6), 1e6 + 1e-6], { atol: 0, rtol: 2e-7 });
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
        const numbers = ['stepSize', 'beta1', 'beta2', 'share1', 'share2', 'epsilon', 'decay', 'shrink', 'rate', 'keep'];
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

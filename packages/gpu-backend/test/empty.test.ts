import { createKey } from '@longspan/core-tensor';
import {
  crossEntropyContract,
  dropoutContract,
  feedForwardContract,
  gatherRowsContract,
  geluContract,
  layerNormContract,
  linearContract,
  rmsNormContract,
  rotaryContract,
} from '@longspan/core-tensor/kernel';
import '@longspan/tooling/expect';
import { ones, type Tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';

let leave = (): void => {};
const said = vi.spyOn(console, 'error');
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(async () => {
  await webgpu().device.queue.onSubmittedWorkDone();
  leave();
  expect(said.mock.calls).toEqual([]); // WebGPU reports late what is invalid
});

/** The kernel of ours, of a contract whose types do not matter here. */
interface AnyContract {
  readonly name: string;
  kernels(backend: string): readonly {
    readonly name: string;
    unsupported(call: { readonly inputs: readonly Tensor[]; readonly attributes: object }): string | null;
    run(inputs: readonly Tensor[], attributes: object): readonly Tensor[];
    backward(
      saved: { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] },
      cotangents: readonly Tensor[],
      attributes: object,
    ): readonly (Tensor | null)[];
  }[];
}

const none = (width: number): Tensor => zeros([0, width]);

/** Calls without rows, and the shapes of what they give. */
const calls: readonly (readonly [contract: object, inputs: () => Tensor[], attributes: object, shape: number[]])[] = [
  [dropoutContract, () => [none(4)], { rate: 0.5, key: createKey(1) }, [0, 4]],
  [geluContract, () => [none(3)], { approximation: 'none' }, [0, 3]],
  [layerNormContract, () => [none(8), ones([8]), ones([8])], { epsilon: 0, hasWeight: true, hasBias: true }, [0, 8]],
  [rmsNormContract, () => [none(8), ones([8])], { epsilon: 0 }, [0, 8]],
  [rotaryContract, () => [zeros([0, 2, 3, 4]), ones([3, 4]), ones([3, 4])], { style: 'half', rotaryDim: 4 }, [0, 2, 3, 4]],
  [gatherRowsContract, () => [ones([3, 4]), tensor1d([], 'int32')], { rows: 3, width: 4, paddingIndex: null }, [0, 4]],
  [linearContract, () => [none(5), ones([4, 5]), ones([4])], { hasBias: true }, [0, 4]],
  [feedForwardContract, () => [none(4), ones([6, 4]), ones([6]), ones([4, 6]), ones([4])], { activation: 'gelu', chunkLength: 2 }, [0, 4]],
];

it.each(calls.map(([contract, ...call]) => [(contract as AnyContract).name, contract as AnyContract, ...call] as const))(
  '%s of no rows is of no rows',
  async (_, contract, inputs, attributes, shape) => {
    const given = inputs();
    const [ours] = contract.kernels('webgpu');
    expect([ours?.name, ours?.unsupported({ inputs: given, attributes })]).toEqual(['webgpu-wgsl', null]);
    const [y] = ours?.run(given, attributes) ?? [];
    expect([y?.shape, [...((await y?.data()) ?? [])]]).toEqual([shape, []]);
  },
);

it('without rows the gradients of what all rows share are zeros', async () => {
  const [layerNorm] = layerNormContract.kernels('webgpu');
  const attributes = { epsilon: 0, hasWeight: true, hasBias: true };
  const ofNorm = layerNorm?.backward({ inputs: [none(8), ones([8]), ones([8])], outputs: [zeros([0, 3])] }, [none(8)], attributes);
  const [feedForward] = feedForwardContract.kernels('webgpu');
  const inputs = [none(4), ones([6, 4]), ones([6]), ones([4, 6])];
  const ofLayer = feedForward?.backward({ inputs, outputs: [] }, [none(4)], { activation: 'gelu', chunkLength: 2 });
  const shapes: number[][] = [];
  for (const each of [...(ofNorm ?? []), ...(ofLayer ?? [])]) {
    shapes.push((each as Tensor).shape);
    expect([...(await (each as Tensor).data())].every((number) => number === 0)).toBe(true);
  }
  expect(shapes).toEqual([[0, 8], [8], [8], [0, 4], [6, 4], [6], [4, 6], [4]]);
});

it('the mean of no losses is NaN', async () => {
  const [ours] = crossEntropyContract.kernels('webgpu');
  const attributes = { reduction: 'mean', ignoreIndex: -100, labelSmoothing: 0, classes: 3 } as const;
  const [loss] = ours?.run([ones([2, 3]), tensor1d([-100, -100], 'int32')], attributes) ?? [];
  expect([...((await loss?.data()) ?? [])]).toEqual([Number.NaN]);
});

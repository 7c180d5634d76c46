import { replaceKernel } from '@longspan/core-tensor/kernel';
import { AddN, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Repair } from './repair.ts';

/** addN of more tensors than a program can be bound to: tfjs's pipeline is invalid then, and takes the whole batch with it. */
export const sumOfManyTensors: Repair = {
  name: 'sum of many tensors',
  apply: (backend) =>
    replaceKernel('webgpu', AddN, (stock) => (call) => {
      const inputs = call.inputs as object as readonly TensorInfo[];
      const most = backend.device.limits.maxStorageBuffersPerShaderStage - 1; // and the sum
      const sumOf = (some: readonly TensorInfo[]): TensorInfo =>
        stock({ ...call, inputs: some as object as NamedTensorInfoMap }) as TensorInfo;
      let sum = sumOf(inputs.slice(0, most));
      for (let from = most; from < inputs.length; from += most - 1) {
        const before = sum;
        sum = sumOf([before, ...inputs.slice(from, from + most - 1)]);
        backend.disposeData(before.dataId);
      }
      return sum;
    }),
};

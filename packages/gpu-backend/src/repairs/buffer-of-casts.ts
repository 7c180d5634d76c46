import { replaceKernel } from '@longspan/core-tensor/kernel';
import { Cast, getKernel, type KernelFunc, Multiply, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Repair } from './repair.ts';

/**
 * Cast from int32 or bool to float32: tfjs keeps the buffer of integers under a tensor that says float32, which whatever binds that buffer
 * takes for floats.
 */
export const bufferOfCasts: Repair = {
  name: 'buffer of casts',
  apply: (backend) =>
    replaceKernel('webgpu', Cast, (stock) => (call) => {
      const made = stock(call) as TensorInfo;
      const isFloat = (info: TensorInfo): boolean => backend.tensorMap.get(info.dataId).dtype === 'float32';
      if (made.dtype !== 'float32' || isFloat(made)) return made;
      const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1));
      const multiply = getKernel(Multiply, 'webgpu').kernelFunc as KernelFunc;
      const floats = multiply({ inputs: { a: made, b: one }, backend, attrs: {} }) as TensorInfo;
      for (const { dataId } of [made, one]) backend.disposeData(dataId);
      return floats;
    }),
};

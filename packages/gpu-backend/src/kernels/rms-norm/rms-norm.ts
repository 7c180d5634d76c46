import { type RmsNormAttributes, type RmsNormInputs, rmsNormContract } from '@longspan/core-tensor/kernel';
import type { Kernel } from '../kernel.ts';
import { backward, forward, type Norm, unsupportedRows } from '../layer-norm/norm.ts';
import { onDevice } from '../on-device.ts';

/** RMS norm in WGSL, by the programs of layer norm without the mean. */
export const rmsNormKernel: Kernel = {
  name: rmsNormContract.name,
  add: (backendOf) =>
    rmsNormContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, (backend, [x]) => unsupportedRows(backend, x)),
      tolerance: { atol: 2e-6, rtol: 1e-5, reason: 'float32 sums over rows and columns in another order' },
      forward: (inputs, attributes) => forward(backendOf(), inputs[0], normOf(inputs, attributes)),
      save: { outputs: [1] },
      gradient: ({ inputs, outputs: [stats] }, [dy], attributes) =>
        backward(backendOf(), { x: inputs[0], stats, dy }, normOf(inputs, attributes)),
    }),
};

const normOf = ([, weight]: RmsNormInputs, { epsilon }: RmsNormAttributes): Norm => ({
  isCentered: false,
  epsilon,
  weight,
  bias: undefined,
});

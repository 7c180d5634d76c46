import type { Contract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { backward, forward, type Norm, unsupportedRows } from './norm.ts';

/** The kernel of a contract that is a norm of rows. */
export const normKernel = <Inputs extends readonly [x: Tensor, ...Tensor[]], Attributes>(
  contract: Contract<Inputs, readonly [Tensor], Attributes>,
  normOf: (inputs: Inputs, attributes: Attributes) => Norm,
): Kernel => ({
  name: contract.name,
  add: (backendOf) =>
    contract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, (backend, [x]: Inputs) => unsupportedRows(backend, x)),
      tolerance: { atol: 2e-6, rtol: 1e-5, reason: 'float32 sums over rows and columns in another order' },
      forward: (inputs, attributes) => forward(backendOf(), inputs[0], normOf(inputs, attributes)),
      save: { outputs: [1] },
      gradient: ({ inputs, outputs: [stats] }, [dy], attributes) =>
        backward(backendOf(), { x: (inputs as Inputs)[0], stats, dy }, normOf(inputs as Inputs, attributes)),
    }),
});

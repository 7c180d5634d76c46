import { type LayerNormAttributes, type LayerNormInputs, layerNormContract } from '@longspan/core-tensor/kernel';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { backward, forward, type Norm, unsupportedRows } from './norm.ts';

/** Layer norm in WGSL: one dispatch forward, and backward one for x and two or three for weight and bias. */
export const layerNormKernel: Kernel = {
  name: layerNormContract.name,
  add: (backendOf) =>
    layerNormContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, (backend, [x]) => unsupportedRows(backend, x)),
      tolerance: { atol: 2e-6, rtol: 1e-5, reason: 'float32 sums over rows and columns in another order' },
      forward: (inputs, attributes) => forward(backendOf(), inputs[0], normOf(inputs, attributes)),
      save: { outputs: [1] },
      gradient: ({ inputs, outputs: [stats] }, [dy], attributes) =>
        backward(backendOf(), { x: inputs[0], stats, dy }, normOf(inputs, attributes)),
    }),
};

const normOf = ([, ...affine]: LayerNormInputs, { epsilon, hasWeight, hasBias }: LayerNormAttributes): Norm => ({
  isCentered: true,
  epsilon,
  weight: hasWeight ? affine[0] : undefined,
  bias: hasBias ? affine.at(-1) : undefined,
});

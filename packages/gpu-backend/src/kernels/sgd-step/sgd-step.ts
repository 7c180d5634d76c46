import { parametersWithMomentum, sgdStepContract } from '@longspan/core-tensor/kernel';
import { f32 } from '../../encode/encode.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { parametersPerDispatch, stepLists } from '../parameter-lists/parameter-lists.ts';
import { sgdText } from './wgsl.ts';

/** The step of gradient descent with momentum in WGSL: as many parameters in one dispatch as the device has storage buffers for, five each. */
export const sgdStepKernel: Kernel = {
  name: sgdStepContract.name,
  add: (backendOf) =>
    sgdStepContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, () => null),
      note: () => `${parametersPerDispatch(backendOf(), sgdText)} parameters to a dispatch`,
      tolerance: { atol: 5e-7, rtol: 1e-6, reason: 'products and sums may be rounded once' },
      forward: (inputs, { learningRate, momentum, weightDecay }) =>
        stepLists(backendOf(), sgdText, parametersWithMomentum(inputs), {
          rate: f32(learningRate),
          keep: f32(momentum),
          decay: f32(weightDecay),
        }).flat(),
    }),
};

import { adamWStepContract, parametersOfStep } from '@longspan/core-tensor/kernel';
import { f32 } from '../../encode/encode.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { parametersPerDispatch, stepLists } from '../parameter-lists/parameter-lists.ts';
import { adamWText } from './wgsl.ts';

/** The step of AdamW in WGSL: as many parameters in one dispatch as the device has storage buffers for, seven each. */
export const adamWStepKernel: Kernel = {
  name: adamWStepContract.name,
  add: (backendOf) =>
    adamWStepContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, () => null),
      note: () => `${parametersPerDispatch(backendOf(), adamWText)} parameters to a dispatch`,
      tolerance: {
        atol: 1e-7,
        rtol: 2e-6,
        reason: 'sums may be fused, and roots and quotients are off by some units in the last place',
      },
      // A parameter may be all but equal to its change: so nothing is rounded on the device that can be computed here.
      forward: (inputs, { learningRate, beta1, beta2, epsilon, weightDecay, step }) => {
        const correction = Math.sqrt(1 - beta2 ** step); // of the root of the second moment
        return stepLists(backendOf(), adamWText, parametersOfStep(inputs), {
          stepSize: f32((learningRate / (1 - beta1 ** step)) * correction),
          beta1: f32(beta1),
          beta2: f32(beta2),
          share1: f32(1 - beta1),
          share2: f32(1 - beta2),
          epsilon: f32(epsilon * correction),
          decay: f32(learningRate * weightDecay),
        }).flat();
      },
    }),
};

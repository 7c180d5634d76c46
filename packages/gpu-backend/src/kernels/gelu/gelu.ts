import type { Activation } from '@longspan/core-tensor';
import { geluContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { elementwise } from '../../encode/elementwise.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { activationCode } from './activation.ts';

/** GELU in WGSL: one dispatch in each pass. */
export const geluKernel: Kernel = {
  name: geluContract.name,
  add: (backendOf) =>
    geluContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, () => null),
      tolerance: {
        atol: 1e-6,
        rtol: 1e-6,
        reason: "the reference's erf is good to 1.5e-7 times x, and exponentials with errors of 3 + 2|x| units in the last place",
      },
      forward: ([x], { approximation }) => [activate(backendOf(), x, nameOf(approximation))],
      gradient: ({ inputs: [x] }, [dy], { approximation }) =>
        elementwise(backendOf(), {
          name: `gradient of ${nameOf(approximation)}`,
          inputs: { x, dy },
          outputs: ['dx'],
          code: activationCode(nameOf(approximation)),
          body: 'dx[at] = sloped(dy[at], x[at], gateOf(x[at]));',
        }),
    }),
};

/** What an activation makes of x. */
export function activate(backend: TfjsWebGpu, x: Tensor, activation: Activation): Tensor {
  const code = activationCode(activation);
  const body = 'y[at] = activated(x[at], gateOf(x[at]));';
  return elementwise(backend, { name: activation, inputs: { x }, outputs: ['y'], code, body })[0] as Tensor;
}

const nameOf = (approximation: 'none' | 'tanh'): 'gelu' | 'geluTanh' => (approximation === 'none' ? 'gelu' : 'geluTanh');

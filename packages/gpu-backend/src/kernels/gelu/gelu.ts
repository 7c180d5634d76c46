import { geluContract } from '@longspan/core-tensor/kernel';
import { elementwise } from '../../encode/elementwise.ts';
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
        reason:
          "the reference's erf is good to 1.5e-7, large x multiply that, and exponentials have errors of 3 + 2|x| units in the last place",
      },
      forward: ([x], { approximation }) => {
        const code = activationCode(nameOf(approximation));
        const [y] = elementwise(backendOf(), {
          name: nameOf(approximation),
          inputs: { x },
          outputs: ['y'],
          code,
          body: 'y[at] = activated(x[at], gateOf(x[at]));',
        });
        return [y as typeof x];
      },
      gradient: ({ inputs: [x] }, [dy], { approximation }) =>
        elementwise(backendOf(), {
          name: `gradient of ${nameOf(approximation)}`,
          inputs: { x, dy },
          outputs: ['dx'],
          code: activationCode(nameOf(approximation)),
          body: 'dx[at] = dy[at] * slopeOf(x[at], gateOf(x[at]));',
        }),
    }),
};

const nameOf = (approximation: 'none' | 'tanh'): 'gelu' | 'geluTanh' => (approximation === 'none' ? 'gelu' : 'geluTanh');

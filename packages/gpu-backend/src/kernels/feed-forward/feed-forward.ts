import { type FeedForwardInputs, feedForwardContract } from '@longspan/core-tensor/kernel';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { cutName, cutOf } from '../product/tile.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';
import { sizesOf, unsupported } from './sizes.ts';

/** The chunked feed-forward layer in WGSL: bias and activation, and the slope backward, are applied where the products are written. */
export const feedForwardKernel: Kernel = {
  name: feedForwardContract.name,
  add: (backendOf) =>
    feedForwardContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, inputs: FeedForwardInputs) => unsupported(device.limits, inputs)),
      note: ([x, innerWeight], { chunkLength }) => {
        const { rows, inner, width } = sizesOf(x, innerWeight);
        return cutName(cutOf(Math.min(rows, chunkLength), inner, width));
      },
      tolerance: { atol: 1e-5, rtol: 1e-5, reason: 'float32 sums of products in another order' },
      forward: (inputs, attributes) => [forward(backendOf(), inputs, attributes)],
      save: { inputs: [0, 1, 2, 3] },
      gradient: ({ inputs }, [dy], attributes) => backward(backendOf(), inputs, dy, attributes),
    }),
};

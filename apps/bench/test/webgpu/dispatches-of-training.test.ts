import { createKey } from '@longspan/core-tensor/key';
import { isWhole } from '@longspan/tooling/expect';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { startDevice } from '../../src/experiments/gpu/device/start-device.ts';
import { withOwnAdam } from '../../src/experiments/gpu/work/training-step-work.ts';
import type { Contender } from '../../src/experiments/kernels/contest.ts';
import { writtenSides } from '../../src/experiments/kernels/training-sides.ts';

const device = await startDevice();
let dispatches = 0;
// Counted and not computed: at its full size the arithmetic takes a software adapter minutes, and no dispatch depends on a number.
GPUComputePassEncoder.prototype.dispatchWorkgroups = () => {
  dispatches++;
};

/** Of a step that is not the first one, which makes the moments of Adam. */
async function counted({ takeOver, run }: Contender): Promise<number> {
  await takeOver();
  const step = (): void => dispose([run()].flat() as Tensor[]);
  step();
  dispatches = 0;
  step();
  return dispatches;
}

const small = { layers: 4, width: 32, heads: 2, n: 128, left: 63 };
const large = { layers: 4, width: 256, heads: 4, n: 2048, left: 511 };

it.each(isWhole ? [small, large] : [large])(
  'a training step, $layers layers, $width wide, $n tokens, takes a tenth of the dispatches of stock tfjs',
  async (size) => {
    const sides = writtenSides(size, createKey(1), device.swap, 'tfjs-webgpu');
    const stock = await counted(sides.stock);
    const ours = await counted(withOwnAdam(sides));
    const parameters = Object.keys(sides.initial).length;
    // AdamW takes as many parameters to a dispatch as there are 7 storage buffers for: two on a graphics card's 16, here one.
    const { maxStorageBuffersPerShaderStage: buffers } = device.gpu.limits;
    const ofAdam = (most: number): number => Math.ceil(parameters / Math.max(1, Math.floor(most / 7)));
    const onCard = ours - ofAdam(buffers) + ofAdam(16);
    console.log(`${size.width} wide: ${onCard} dispatches with 16 storage buffers, ${ours} with ${buffers}, stock tfjs ${stock}`);
    expect(onCard).toBeLessThanOrEqual(stock / 10);
  },
);

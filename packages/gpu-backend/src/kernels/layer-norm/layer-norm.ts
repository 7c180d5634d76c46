import { layerNormContract } from '@longspan/core-tensor/kernel';
import type { Kernel } from '../kernel.ts';
import { normKernel } from './norm-kernel.ts';

/** Layer norm in WGSL: one dispatch forward, two backward; one where there is neither weight nor bias. */
export const layerNormKernel: Kernel = normKernel(layerNormContract, ([, ...affine], { epsilon, hasWeight, hasBias }) => ({
  isCentered: true,
  epsilon,
  weight: hasWeight ? affine[0] : undefined,
  bias: hasBias ? affine.at(-1) : undefined,
}));

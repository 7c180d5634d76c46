import { layerNormContract } from '@longspan/core-tensor/kernel';
import type { Kernel } from '../kernel.ts';
import { normKernel } from './norm-kernel.ts';

/** Layer norm in WGSL: one dispatch forward, and backward one for x and two or three for weight and bias. */
export const layerNormKernel: Kernel = normKernel(layerNormContract, ([, ...affine], { epsilon, hasWeight, hasBias }) => ({
  isCentered: true,
  epsilon,
  weight: hasWeight ? affine[0] : undefined,
  bias: hasBias ? affine.at(-1) : undefined,
}));

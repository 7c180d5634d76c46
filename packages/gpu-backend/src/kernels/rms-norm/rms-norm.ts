import { rmsNormContract } from '@longspan/core-tensor/kernel';
import type { Kernel } from '../kernel.ts';
import { normKernel } from '../layer-norm/norm-kernel.ts';

/** RMS norm in WGSL, by the programs of layer norm without the mean. */
export const rmsNormKernel: Kernel = normKernel(rmsNormContract, ([, weight], { epsilon }) => ({
  isCentered: false,
  epsilon,
  weight,
  bias: undefined,
}));

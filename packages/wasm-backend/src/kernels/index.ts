import { adafactorStepKernel } from './contract/adafactor-step/adafactor-step.ts';
import { adamWStepKernel } from './contract/adamw-step/adamw-step.ts';
import { blockSparseAttentionKernel } from './contract/block-sparse-attention/block-sparse-attention.ts';
import { crossEntropyKernel } from './contract/cross-entropy/cross-entropy.ts';
import { dropoutKernel } from './contract/dropout/dropout.ts';
import { feedForwardKernel } from './contract/feed-forward/feed-forward.ts';
import { gatherRowsKernel } from './contract/gather-rows/gather-rows.ts';
import { geluKernel } from './contract/gelu/gelu.ts';
import { headProjectionsKernel } from './contract/head-projections/head-projections.ts';
import { layerNormKernel } from './contract/layer-norm/layer-norm.ts';
import { linearKernel } from './contract/linear/linear.ts';
import { muonStepKernel } from './contract/muon-step/muon-step.ts';
import { float16LinearKernel, int8LinearKernel } from './contract/packed-linear/packed-linear.ts';
import { rmsNormKernel } from './contract/rms-norm/rms-norm.ts';
import { rotaryKernel } from './contract/rotary/rotary.ts';
import { sgdStepKernel } from './contract/sgd-step/sgd-step.ts';
import type { Kernel } from './kernel.ts';
import { einsumKernel } from './stock/einsum/einsum.ts';
import { binaryKernels } from './stock/elementwise/binary.ts';
import { selectKernel } from './stock/elementwise/select.ts';
import { unaryKernels } from './stock/elementwise/unary.ts';
import { gatherKernel } from './stock/gather/gather.ts';
import { matMulKernels } from './stock/mat-mul/mat-mul.ts';
import { sharedDataKernels } from './stock/shared-data/shared-data.ts';
import { stridedCopyKernels } from './stock/strided-copy/parts.ts';
import { sumKernel } from './stock/sum/sum.ts';
import { transposeKernel } from './stock/transpose/transpose.ts';
import { unsortedSegmentSumKernel } from './stock/unsorted-segment-sum/unsorted-segment-sum.ts';

/** In front of the references of core-tensor's contracts. */
export const contractKernels: readonly Kernel[] = [
  adafactorStepKernel,
  adamWStepKernel,
  blockSparseAttentionKernel,
  crossEntropyKernel,
  dropoutKernel,
  feedForwardKernel,
  float16LinearKernel,
  gatherRowsKernel,
  geluKernel,
  headProjectionsKernel,
  int8LinearKernel,
  layerNormKernel,
  linearKernel,
  muonStepKernel,
  rmsNormKernel,
  rotaryKernel,
  sgdStepKernel,
];

/** In the places of tfjs's own kernels. */
export const stockKernels: readonly Kernel[] = [
  binaryKernels,
  einsumKernel,
  gatherKernel,
  matMulKernels,
  selectKernel,
  sharedDataKernels,
  stridedCopyKernels,
  sumKernel,
  transposeKernel,
  unaryKernels,
  unsortedSegmentSumKernel,
];

/**
 * All that `register` puts on tfjs's wasm backend. A new kernel is a folder beside these, a line here, and what it is called from:
 * its exports in assembly/index.ts and in binary/load.ts.
 */
export const kernels: readonly Kernel[] = [...contractKernels, ...stockKernels];

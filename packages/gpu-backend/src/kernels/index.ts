import { adafactorStepKernel } from './adafactor-step/adafactor-step.ts';
import { adamWStepKernel } from './adamw-step/adamw-step.ts';
import { blockSparseAttentionKernel } from './block-sparse-attention/block-sparse-attention.ts';
import { crossEntropyKernel } from './cross-entropy/cross-entropy.ts';
import { dropoutKernel } from './dropout/dropout.ts';
import { feedForwardKernel } from './feed-forward/feed-forward.ts';
import { gatherRowsKernel } from './gather-rows/gather-rows.ts';
import { geluKernel } from './gelu/gelu.ts';
import { headProjectionsKernel } from './head-projections/head-projections.ts';
import type { Kernel } from './kernel.ts';
import { layerNormKernel } from './layer-norm/layer-norm.ts';
import { linearKernel } from './linear/linear.ts';
import { matMulKernel } from './mat-mul/mat-mul.ts';
import { muonStepKernel } from './muon-step/muon-step.ts';
import { float16LinearKernel, int8LinearKernel } from './packed-linear/packed-linear.ts';
import { rmsNormKernel } from './rms-norm/rms-norm.ts';
import { rotaryKernel } from './rotary/rotary.ts';
import { sgdStepKernel } from './sgd-step/sgd-step.ts';

/**
 * All that register() puts in front of the references of core-tensor's contracts, and tfjs's product of two matrices. A new kernel is a folder
 * beside these and a line here.
 */
export const kernels: readonly Kernel[] = [
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
  matMulKernel,
  muonStepKernel,
  rmsNormKernel,
  rotaryKernel,
  sgdStepKernel,
];

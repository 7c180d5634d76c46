import { adafactorStep } from './adafactor-step/suite.ts';
import { adamWStep } from './adamw-step/suite.ts';
import type { ContractSuite } from './contract/suite.ts';
import { crossEntropy } from './cross-entropy/suite.ts';
import { dropout } from './dropout/suite.ts';
import { feedForward } from './feed-forward/suite.ts';
import { gatherRows } from './gather-rows/suite.ts';
import { gelu } from './gelu/suite.ts';
import { headProjections } from './head-projections/suite.ts';
import { layerNorm } from './layer-norm/suite.ts';
import { linear } from './linear/suite.ts';
import { muonStep } from './muon-step/suite.ts';
import { float16Linear, int8Linear } from './packed-linear/suite.ts';
import { rmsNorm } from './rms-norm/suite.ts';
import { rotary } from './rotary/suite.ts';
import { sgdStep } from './sgd-step/suite.ts';

/** Every contract but attention, whose calls are made of masks and layouts. */
export const contractSuites: readonly ContractSuite[] = [
  adafactorStep,
  adamWStep,
  crossEntropy,
  dropout,
  feedForward,
  float16Linear,
  gatherRows,
  gelu,
  headProjections,
  int8Linear,
  layerNorm,
  linear,
  muonStep,
  rmsNorm,
  rotary,
  sgdStep,
];

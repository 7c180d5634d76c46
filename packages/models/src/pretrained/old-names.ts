import type { WeightNames } from './family.ts';

/** TensorFlow's names for the weight and bias of a norm, which stand in checkpoints that were converted from there. */
export const oldNormNames: NonNullable<WeightNames['renames']> = [
  [/[.]gamma$/, '.weight'],
  [/[.]beta$/, '.bias'],
];

import type { Optimizer } from '@longspan/training';
import { adam } from './variable-optimizer.ts';

/** The share of the learning rate that a step of so many takes. */
export type Schedule = (step: number, total: number) => number;

/** Up in the warm-up, then down along a cosine to a tenth. */
export const cosine =
  (warmupSteps: number): Schedule =>
  (step, total) => {
    if (step < warmupSteps) return (step + 1) / (warmupSteps + 1);
    const share = (step - warmupSteps) / Math.max(1, total - warmupSteps);
    return 0.1 + 0.45 * (1 + Math.cos(Math.PI * share));
  };

/** Up over ten steps, level, and down in a line over the last third to a tenth. */
const trapezoid: Schedule = (step, total) => Math.min((step + 1) / 10, 1, 0.1 + (2.7 * (total - step)) / total);

/** As in Vaswani et al. 2017, with a shorter warm-up. */
export const paperTraining: { readonly schedule: Schedule; readonly optimizer: Optimizer } = {
  schedule: trapezoid,
  optimizer: adam({ beta2: 0.98, epsilon: 1e-9 }),
};

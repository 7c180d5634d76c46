import { AdamOptimizer, type NamedTensorMap } from '@tensorflow/tfjs-core';

/** tfjs's Adam with a learning rate that changes from step to step. */
export class ScheduledAdam extends AdamOptimizer {
  step(gradients: NamedTensorMap, learningRate: number): void {
    this.learningRate = learningRate;
    this.applyGradients(Object.entries(gradients).map(([name, tensor]) => ({ name, tensor })));
  }
}

/** Up in the warm-up, then down along a cosine to a tenth. */
export function scheduleFactor(step: number, warmupSteps: number, total: number): number {
  if (step < warmupSteps) return (step + 1) / (warmupSteps + 1);
  const share = (step - warmupSteps) / Math.max(1, total - warmupSteps);
  return 0.1 + 0.45 * (1 + Math.cos(Math.PI * share));
}

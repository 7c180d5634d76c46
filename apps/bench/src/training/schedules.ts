import { adamW, cosineSchedule, type Optimizer, type Schedule, stableDecay, warmup } from '@longspan/training';

/** The learning rates of a run of so many steps. */
export type ScheduleOf = (steps: number) => Schedule;

/** Adam, with the second moment that suits short runs. */
export const adam = (betas: { readonly beta2?: number; readonly epsilon?: number } = {}): Optimizer =>
  adamW({ beta2: 0.99, ...betas, weightDecay: 0 });

/** Up in the warm-up, then down along a cosine to a tenth. */
export const cosine =
  (warmupSteps: number, learningRate: number): ScheduleOf =>
  (steps) =>
    risingAtOnce(warmupSteps + 1, cosineSchedule({ learningRate, steps: Math.max(1, steps - warmupSteps), floor: learningRate / 10 }));

/** Up over ten steps, level, and down in a line over the last third to a tenth. */
const trapezoid =
  (learningRate: number): ScheduleOf =>
  (steps) => {
    const decaySteps = Math.max(1, Math.floor(steps / 3));
    return risingAtOnce(
      10,
      stableDecay({ learningRate, stableSteps: Math.max(0, steps - decaySteps - 9), decaySteps, floor: learningRate / 10 }),
    );
  };

/** Runs here are short: the first step moves as well, with the second one's rate. */
const risingAtOnce = (steps: number, schedule: Schedule): Schedule => {
  const rates = warmup(steps, schedule);
  return (step) => rates(step + 1);
};

/** As in Vaswani et al. 2017, with a shorter warm-up. */
export const paperTraining = (learningRate: number): { readonly schedule: ScheduleOf; readonly optimizer: Optimizer } => ({
  schedule: trapezoid(learningRate),
  optimizer: adam({ beta2: 0.98, epsilon: 1e-9 }),
});

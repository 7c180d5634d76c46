import { dispose, type Scalar, tidy, type Variable, variableGrads } from '@tensorflow/tfjs-core';
import { ScheduledAdam } from './scheduled-adam.ts';

/** The end of a run of steps. */
export interface Descended {
  readonly steps: number;
  readonly seconds: number;
  /** The loss of each step, in nats. */
  readonly losses: readonly number[];
}

interface Schedule {
  readonly steps: number;
  readonly learningRate: number;
  /** Ends early once the last ten losses are all below this. */
  readonly enough?: number;
}

const warmupSteps = 10;

/** Adam with the constants of Vaswani et al. 2017, warmed up over ten steps, cooled down over the last third. */
export async function descend(
  parameters: Readonly<Record<string, Variable>>,
  loss: (step: number) => Scalar,
  { steps, learningRate, enough = 0 }: Schedule,
  onStep: (done: number, loss: number) => Promise<void>,
): Promise<Descended> {
  const adam = new ScheduledAdam(Object.values(parameters), { beta2: 0.98, epsilon: 1e-9 });
  const losses: number[] = [];
  const start = performance.now();
  while (losses.length < steps && !(losses.length >= 10 && losses.slice(-10).every((each) => each < enough))) {
    const step = losses.length;
    const value = tidy(() => {
      const { value, grads } = variableGrads(() => loss(step), Object.values(parameters));
      adam.step(grads, learningRate * Math.min((step + 1) / warmupSteps, 1, 0.1 + (2.7 * (steps - step)) / steps));
      return value;
    });
    losses.push((await value.data())[0] as number);
    dispose(value);
    if (Number.isNaN(losses.at(-1))) throw new Error(`the loss of step ${step + 1} is not a number`);
    await onStep((step + 1) / steps, losses.at(-1) as number);
  }
  const seconds = (performance.now() - start) / 1000;
  adam.dispose();
  return { steps: losses.length, seconds, losses };
}

import { type AdamWState, adamWStep } from '@longspan/core-tensor';
import { dispose, keep, type NamedTensorMap, type Scalar, tidy, type Variable, variableGrads, zerosLike } from '@tensorflow/tfjs-core';

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

/** Adam, warmed up over ten steps, cooled down over the last third. */
export async function descend(
  parameters: Readonly<Record<string, Variable>>,
  loss: (step: number) => Scalar,
  { steps, learningRate, enough = 0 }: Schedule,
  onStep: (done: number, loss: number) => Promise<void>,
): Promise<Descended> {
  const adam = new Adam(Object.values(parameters));
  const losses: number[] = [];
  const start = performance.now();
  while (losses.length < steps && !(losses.length >= 10 && losses.slice(-10).every((each) => each < enough))) {
    const step = losses.length;
    const value = tidy(() => {
      const { value, grads } = variableGrads(() => loss(step), Object.values(parameters));
      adam.take(grads, learningRate * Math.min((step + 1) / warmupSteps, 1, 0.1 + (2.7 * (steps - step)) / steps));
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

type Moments = Omit<AdamWState, 'parameter'>;

/** Adam with a learning rate that changes from step to step, one fused pass over each parameter. */
class Adam {
  readonly #parameters: readonly Variable[];
  readonly #moments: Moments[];
  #step = 0;

  constructor(parameters: readonly Variable[]) {
    this.#parameters = parameters;
    this.#moments = parameters.map((each) => ({ firstMoment: zerosLike(each), secondMoment: zerosLike(each) }));
  }

  /** To be called inside a tidy. */
  take(gradients: NamedTensorMap, learningRate: number): void {
    const options = { learningRate, beta1: 0.9, beta2: 0.98, epsilon: 1e-9, weightDecay: 0, step: ++this.#step };
    this.#parameters.forEach((variable, at) => {
      const gradient = gradients[variable.name];
      if (gradient === undefined) return;
      const { firstMoment, secondMoment } = this.#moments[at] as Moments;
      const next = adamWStep({ parameter: variable, firstMoment, secondMoment }, gradient, options);
      variable.assign(next.parameter);
      dispose([firstMoment, secondMoment]);
      this.#moments[at] = { firstMoment: keep(next.firstMoment), secondMoment: keep(next.secondMoment) };
    });
  }

  dispose(): void {
    for (const { firstMoment, secondMoment } of this.#moments) dispose([firstMoment, secondMoment]);
  }
}

import { type AdamWState, adamWStep } from '@longspan/core-tensor';
import type { AdamWStepAttributes } from '@longspan/core-tensor/kernel';
import { dispose, keep, type NamedTensorMap, type Variable, zerosLike } from '@tensorflow/tfjs-core';

type Moments = Omit<AdamWState, 'parameter'>;
export type Betas = Pick<AdamWStepAttributes, 'beta1' | 'beta2' | 'epsilon'>;

/**
 * Adam with a learning rate that changes from step to step: one fused pass over each parameter, where tfjs's own takes a dozen
 * operations, for small models as long as the gradients.
 */
export class Adam {
  readonly #parameters: readonly Variable[];
  readonly #betas: Betas;
  readonly #moments: Moments[];
  #steps = 0;

  constructor(parameters: readonly Variable[], betas: Partial<Betas> = {}) {
    this.#parameters = parameters;
    this.#betas = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, ...betas };
    this.#moments = parameters.map((each) => ({ firstMoment: keep(zerosLike(each)), secondMoment: keep(zerosLike(each)) }));
  }

  /** @param gradients by the variables' names; the caller's. A variable without one stays as it is. */
  step(gradients: NamedTensorMap, learningRate: number): void {
    const options = { ...this.#betas, learningRate, weightDecay: 0, step: ++this.#steps };
    this.#parameters.forEach((variable, at) => {
      const gradient = gradients[variable.name];
      if (gradient === undefined) return;
      const { firstMoment, secondMoment } = this.#moments[at] as Moments;
      const next = adamWStep({ parameter: variable, firstMoment, secondMoment }, gradient, options);
      variable.assign(next.parameter);
      dispose([next.parameter, firstMoment, secondMoment]);
      this.#moments[at] = { firstMoment: keep(next.firstMoment), secondMoment: keep(next.secondMoment) };
    });
  }

  dispose(): void {
    for (const { firstMoment, secondMoment } of this.#moments) dispose([firstMoment, secondMoment]);
  }
}

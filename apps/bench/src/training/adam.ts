import { adamWStep, type Parameters } from '@longspan/core-tensor';
import type { AdamWStepAttributes } from '@longspan/core-tensor/kernel';
import { dispose, keep, type NamedTensorMap, type Tensor, type Variable, zerosLike } from '@tensorflow/tfjs-core';

export type Betas = Pick<AdamWStepAttributes, 'beta1' | 'beta2' | 'epsilon'>;

/**
 * Adam with a learning rate that changes from step to step: one call for all parameters, where tfjs's own takes a dozen operations for each,
 * for small models as long as the gradients.
 */
export class Adam {
  readonly #parameters: readonly Variable[];
  readonly #betas: Betas;
  /** By the variables' names. */
  #firstMoments: Parameters;
  #secondMoments: Parameters;
  #steps = 0;

  constructor(parameters: readonly Variable[], betas: Partial<Betas> = {}) {
    this.#parameters = parameters;
    this.#betas = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, ...betas };
    const zeros = (): Parameters => Object.fromEntries(parameters.map((each) => [each.name, keep(zerosLike(each))]));
    this.#firstMoments = zeros();
    this.#secondMoments = zeros();
  }

  /** @param gradients by the variables' names; the caller's. A variable without one stays as it is. */
  step(gradients: NamedTensorMap, learningRate: number): void {
    const moving = this.#parameters.filter(({ name }) => gradients[name] !== undefined);
    const those = (of: Parameters): Parameters => Object.fromEntries(moving.map(({ name }) => [name, of[name] as Tensor]));
    const state = {
      parameters: Object.fromEntries(moving.map((each) => [each.name, each])),
      firstMoments: those(this.#firstMoments),
      secondMoments: those(this.#secondMoments),
    };
    const options = { ...this.#betas, learningRate, weightDecay: 0, step: ++this.#steps };
    const next = adamWStep(state, those(gradients), options);
    for (const each of moving) each.assign(next.parameters[each.name] as Tensor);
    for (const moment of [next.firstMoments, next.secondMoments].flatMap((each) => Object.values(each))) keep(moment);
    dispose([{ ...next.parameters }, { ...state.firstMoments }, { ...state.secondMoments }]);
    this.#firstMoments = { ...this.#firstMoments, ...next.firstMoments };
    this.#secondMoments = { ...this.#secondMoments, ...next.secondMoments };
  }

  dispose(): void {
    dispose([{ ...this.#firstMoments }, { ...this.#secondMoments }]);
  }
}

import { adamWStep } from '@longspan/core-tensor';
import { dispose, type NamedTensorMap, type Tensor, type Variable, zerosLike } from '@tensorflow/tfjs-core';

/** Adam as one fused step for each parameter; tfjs's own takes a dozen operations, for small models as long as the gradients. */
export class Adam {
  readonly #state: readonly { readonly variable: Variable; moments: readonly [Tensor, Tensor] }[];
  #steps = 0;

  constructor(variables: readonly Variable[]) {
    this.#state = variables.map((variable) => ({ variable, moments: [zerosLike(variable), zerosLike(variable)] }));
  }

  /** @param gradients by the variables' names; the caller's */
  step(gradients: NamedTensorMap, learningRate: number): void {
    this.#steps++;
    const options = { learningRate, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, step: this.#steps };
    for (const each of this.#state) {
      const { variable, moments } = each;
      const state = { parameter: variable, firstMoment: moments[0], secondMoment: moments[1] };
      const { parameter, firstMoment, secondMoment } = adamWStep(state, gradients[variable.name] as Tensor, options);
      variable.assign(parameter);
      dispose([parameter, ...moments]);
      each.moments = [firstMoment, secondMoment];
    }
  }
}

import { requireKnown } from '@longspan/core-tensor/error';
import { add, mul, sub, tidy } from '@tensorflow/tfjs-core';
import { each } from './each.ts';
import { movingParameters } from './moving-parameters.ts';
import type { Optimizer } from './optimizer.ts';
import { requireShares } from './require-shares.ts';
import type { Selection } from './selection.ts';

export interface SgdConfig {
  /** How much of the last step's direction stays; 0 by default, which is plain gradient descent. */
  readonly momentum?: number | undefined;
  /** Times the parameter, added to its gradient; 0 by default. */
  readonly weightDecay?: number | undefined;
  /** The parameters that decay; all by default. */
  readonly decays?: Selection | undefined;
}

/**
 * Stochastic gradient descent with momentum.
 * @shape gradients and momentum: the shapes of the parameters, float32
 * @returns an optimiser whose state has `momentum.…` and `step.…` of each parameter
 * @throws ConfigError when an option is out of its range
 * @cost O(size) time a step; 4 bytes of state a number
 * @source Sutskever et al. 2013, in the form of torch.optim.SGD: m ← μ m + g, p ← p − η m
 * @example
 * const { step } = sgd({ momentum: 0.9 });
 * await step({ weight: tensor1d([1]) }, { weight: tensor1d([2]) }, { 'momentum.weight': tensor1d([10]) }, 0.1).parameters.weight.data(); // => [-0.1]
 */
export function sgd(config: SgdConfig = {}): Optimizer {
  requireKnown('sgd', config, { momentum: true, weightDecay: 'amount', decays: 'function' });
  const { momentum = 0, weightDecay = 0, decays = () => true } = config;
  requireShares('sgd', { momentum });
  return {
    name: 'sgd',
    step: (parameters, gradients, state, learningRate) =>
      each(movingParameters('sgd', ['momentum'], parameters, gradients, state, learningRate), ({ name, parameter, gradient, remembered }) =>
        tidy(() => {
          const decayed = weightDecay > 0 && decays(name, parameter.shape) ? add(gradient, mul(parameter, weightDecay)) : gradient;
          const direction = add(mul(remembered('momentum'), momentum), decayed);
          return { parameter: sub(parameter, mul(direction, learningRate)), remembers: { momentum: direction } };
        }),
      ),
  };
}

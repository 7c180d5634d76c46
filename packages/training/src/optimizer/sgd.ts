import { requireKnown } from '@longspan/core-tensor/error';
import { sgdStepContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { inGroups } from './in-groups.ts';
import { type MovingParameter, movingParameters } from './moving-parameters.ts';
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
 * Stochastic gradient descent with momentum. One call for all parameters that decay and one for those that do not, each of which is one pass over
 * them where a backend has a kernel for it.
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
    step(parameters, gradients, state, learningRate) {
      const moving = movingParameters('sgd', ['momentum'], parameters, gradients, state, learningRate);
      const isDecayed = ({ name, parameter }: MovingParameter): boolean => decays(name, parameter.shape);
      return inGroups(
        moving,
        (one) => `${isDecayed(one)}`,
        (group, first) => {
          const inputs = group.flatMap(({ parameter, gradient, remembered }) => [parameter, gradient, remembered('momentum')]);
          const out = sgdStepContract.run(inputs, { learningRate, momentum, weightDecay: isDecayed(first) ? weightDecay : 0 });
          return group.map((_, at) => ({ parameter: out[2 * at] as Tensor, remembers: { momentum: out[2 * at + 1] as Tensor } }));
        },
      );
    },
  };
}

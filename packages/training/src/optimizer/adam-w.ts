import { adamWStep } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import { inGroups } from './in-groups.ts';
import { type MovingParameter, movingParameters } from './moving-parameters.ts';
import type { Optimizer } from './optimizer.ts';
import { requireShares } from './require-shares.ts';
import type { Selection } from './selection.ts';

export interface AdamWConfig {
  /** How much of the running mean of the gradients stays from step to step; 0.9 by default. */
  readonly beta1?: number | undefined;
  /** The same of their squares; 0.999 by default. */
  readonly beta2?: number | undefined;
  /** Added to the root of the squares, after its bias is corrected; 1e-8 by default. */
  readonly epsilon?: number | undefined;
  /** Parameters shrink by this times the learning rate; 0.01 by default. */
  readonly weightDecay?: number | undefined;
  /** The parameters that decay; all by default, as in torch. `decayedBy(model)` takes them from the model's spec. */
  readonly decays?: Selection | undefined;
}

const parts = ['firstMoment', 'secondMoment'];

/**
 * AdamW: Adam with decay apart from the gradient. One call for all parameters that have taken equally many steps, which is one pass over them
 * where a backend has a kernel for it.
 * @shape gradients and moments: the shapes of the parameters, float32
 * @returns an optimiser whose state has `firstMoment.…`, `secondMoment.…` and `step.…` of each parameter
 * @throws ConfigError when an option is out of its range
 * @cost O(size) time a step; 8 bytes of state a number
 * @source Loshchilov & Hutter 2019 (arXiv 1711.05101) algorithm 2, with torch.optim.AdamW's place of epsilon
 * @example
 * const { step } = adamW({ weightDecay: 0.5, epsilon: 0 });
 * await step({ weight: tensor1d([1]) }, { weight: tensor1d([3]) }, {}, 0.1).parameters.weight.data(); // => [0.85]
 */
export function adamW(config: AdamWConfig = {}): Optimizer {
  requireKnown('adamW', config, { beta1: true, beta2: true, epsilon: 'amount', weightDecay: 'amount', decays: 'function' });
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, decays = () => true } = config;
  requireShares('adamW', { beta1, beta2 });
  return {
    name: 'adamW',
    step(parameters, gradients, state, learningRate) {
      const moving = movingParameters('adamW', parts, parameters, gradients, state, learningRate);
      const isDecayed = ({ name, parameter }: MovingParameter): boolean => decays(name, parameter.shape);
      return inGroups(
        moving,
        (one) => `${one.step} ${isDecayed(one)}`,
        (group, first) => {
          const of = (read: (each: MovingParameter) => Tensor) => Object.fromEntries(group.map((each) => [each.name, read(each)]));
          const stepped = adamWStep(
            {
              parameters: of((each) => each.parameter),
              firstMoments: of((each) => each.remembered('firstMoment')),
              secondMoments: of((each) => each.remembered('secondMoment')),
            },
            of((each) => each.gradient),
            { learningRate, beta1, beta2, epsilon, weightDecay: isDecayed(first) ? weightDecay : 0, step: first.step },
          );
          return group.map(({ name }) => ({
            parameter: stepped.parameters[name] as Tensor,
            remembers: { firstMoment: stepped.firstMoments[name] as Tensor, secondMoment: stepped.secondMoments[name] as Tensor },
          }));
        },
      );
    },
  };
}

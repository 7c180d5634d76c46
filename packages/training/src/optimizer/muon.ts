import { dims } from '@longspan/core-tensor';
import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { muonStepContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { inGroups } from './in-groups.ts';
import { type MovingParameter, movingParameters } from './moving-parameters.ts';
import type { Optimizer } from './optimizer.ts';
import { requireShares } from './require-shares.ts';
import type { Selection } from './selection.ts';

export interface MuonConfig {
  /** How much of the running sum of gradients stays; 0.95 by default. */
  readonly momentum?: number | undefined;
  /** Iterations of Newton and Schulz; 5 by default. */
  readonly iterations?: number | undefined;
  /** Parameters shrink by this times the learning rate; 0.1 by default. */
  readonly weightDecay?: number | undefined;
  /** The parameters that decay; all by default. */
  readonly decays?: Selection | undefined;
}

/**
 * Muon: the momentum of a matrix is made orthogonal before it is subtracted, and scaled so that AdamW's learning rates fit. It is for the
 * matrices within a model; embeddings, outputs and what has one axis go to AdamW, by `parameterGroups`.
 * @shape parameters [rows, columns], float32
 * @returns an optimiser whose state has `momentum.…` and `step.…` of each parameter
 * @throws ConfigError when an option is out of its range; ShapeError for a parameter that is no matrix
 * @cost O(rows · columns · min(rows, columns)) time a step and iteration; 4 bytes of state a number
 * @source Jordan et al. 2024 (kellerjordan.github.io/posts/muon), with Nesterov's momentum; decay and the scale 0.2 √max(rows, columns) of
 *   Liu et al. 2025 (arXiv 2502.16982) §2.2
 * @example
 * const matrices = muon({ weightDecay: 0 });
 * const optimizer = parameterGroups([{ of: named('*.weight'), optimizer: matrices }, { of: named('*'), optimizer: adamW() }]);
 * optimizer.name; // => 'parameterGroups(muon, adamW)'
 */
export function muon(config: MuonConfig = {}): Optimizer {
  requireKnown('muon', config, { momentum: true, iterations: true, weightDecay: 'amount', decays: 'function' });
  const { momentum = 0.95, iterations = 5, weightDecay = 0.1, decays = () => true } = config;
  requireShares('muon', { momentum });
  requireInteger('muon', { iterations }, 1);
  return {
    name: 'muon',
    step(parameters, gradients, state, learningRate) {
      const moving = movingParameters('muon', ['momentum'], parameters, gradients, state, learningRate);
      for (const { name, parameter } of moving) dims('muon', { [`parameters.${name}`]: [parameter, 'rows columns'] });
      const isDecayed = ({ name, parameter }: MovingParameter): boolean => decays(name, parameter.shape);
      return inGroups(
        moving,
        (one) => `${isDecayed(one)}`,
        (group, first) => {
          const inputs = group.flatMap(({ parameter, gradient, remembered }) => [parameter, gradient, remembered('momentum')]);
          const out = muonStepContract.run(inputs, { learningRate, momentum, weightDecay: isDecayed(first) ? weightDecay : 0, iterations });
          return group.map((_, at) => ({ parameter: out[2 * at] as Tensor, remembers: { momentum: out[2 * at + 1] as Tensor } }));
        },
      );
    },
  };
}

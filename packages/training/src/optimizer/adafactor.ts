import { ConfigError, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { adafactorRateOf, adafactorStepContract } from '@longspan/core-tensor/kernel';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { requireFloats } from '../gradient/require-floats.ts';
import { inGroups } from './in-groups.ts';
import { type MovingParameter, movingParameters } from './moving-parameters.ts';
import type { Optimizer } from './optimizer.ts';
import { requireShares } from './require-shares.ts';
import type { Selection } from './selection.ts';

export interface AdafactorConfig {
  /** Added to the squared gradient; 1e-30 by default. */
  readonly epsilon?: number | undefined;
  /** The root mean square that an update may have at most; 1 by default. */
  readonly clipThreshold?: number | undefined;
  /** The running mean of squares keeps 1 − step^decayRate; at most 0, −0.8 by default. */
  readonly decayRate?: number | undefined;
  /** How much of the running mean of the updates stays; none is kept by default, which saves its memory. */
  readonly beta1?: number | undefined;
  /** Parameters shrink by this times the learning rate; 0 by default. */
  readonly weightDecay?: number | undefined;
  /** The parameters that decay; all by default. */
  readonly decays?: Selection | undefined;
  /** Multiplies the learning rate by the root mean square of the parameter, or by this where that is less; 0.001 by default, 0 for the rate as it is given. */
  readonly leastScale?: number | undefined;
}

const parts = ['secondMoment', 'secondMomentOfRows', 'secondMomentOfColumns', 'firstMoment'];

/**
 * Adafactor: the squares of a matrix's gradient are remembered by row and column alone. The paper's relative step sizes are the schedule
 * `relativeSteps`. One call for all parameters that have taken equally many steps, fused where a backend has a kernel for it.
 * @shape gradients: the shapes of the parameters, float32; the last two axes are factored where there are two or more
 * @returns an optimiser whose state has `step.…` and `secondMomentOfRows.…`, `secondMomentOfColumns.…` (or `secondMoment.…` of one axis) of
 *   each parameter, and `firstMoment.…` with beta1
 * @throws ConfigError when an option is out of its range
 * @cost O(size) time a step; 4 bytes of state a row and a column, and with beta1 a number
 * @source Shazeer & Stern 2018 (arXiv 1804.04235) algorithms 4 and 5, as transformers' Adafactor: with beta1 the mean is of whole updates,
 *   the learning rate included
 * @example
 * const { step } = adafactor({ leastScale: 0 });
 * await step({ weight: tensor1d([1, 1]) }, { weight: tensor1d([3, -4]) }, {}, 0.1).parameters.weight.data(); // => [0.9, 1.1]
 */
export function adafactor(config: AdafactorConfig = {}): Optimizer {
  requireKnown('adafactor', config, {
    epsilon: 'amount',
    clipThreshold: 'positive',
    decayRate: 'finite',
    beta1: true,
    weightDecay: 'amount',
    decays: 'function',
    leastScale: 'amount',
  });
  const { epsilon = 1e-30, clipThreshold = 1, decayRate = -0.8, beta1, weightDecay = 0, decays = () => true, leastScale = 1e-3 } = config;
  if (beta1 !== undefined) requireShares('adafactor', { beta1 });
  if (decayRate > 0) throw growing(decayRate);
  return {
    name: 'adafactor',
    step(parameters, gradients, state, learningRate) {
      const moving = movingParameters('adafactor', parts, parameters, gradients, state, learningRate);
      const isDecayed = ({ name, parameter }: MovingParameter): boolean => decays(name, parameter.shape);
      return inGroups(
        moving,
        (one) => `${one.step} ${isDecayed(one)}`,
        (group, first) => {
          const inputs = group.flatMap((one) => [one.parameter, one.gradient, ...rememberedBy(one, beta1 !== undefined)]);
          const out = adafactorStepContract.run(inputs, {
            ...{ learningRate, leastScale, epsilon, clipThreshold },
            ...{ beta1: beta1 ?? null, beta2: 1 - first.step ** decayRate, weightDecay: isDecayed(first) ? weightDecay : 0 },
          });
          let at = 0;
          const next = (): Tensor => out[at++] as Tensor;
          return group.map(({ parameter: { rank } }) => ({
            parameter: next(),
            remembers: Object.fromEntries(partsOf(rank, beta1 !== undefined).map((part) => [part, next()])),
          }));
        },
      );
    },
  };
}

/** The parts of a state, in the order of the contract. */
const partsOf = (rank: number, hasFirst: boolean): readonly string[] => [
  ...(rank < 2 ? ['secondMoment'] : ['secondMomentOfRows', 'secondMomentOfColumns']),
  ...(hasFirst ? ['firstMoment'] : []),
];

function rememberedBy({ parameter, remembered }: MovingParameter, hasFirst: boolean): readonly Tensor[] {
  const { rank, shape } = parameter;
  const shapes: Readonly<Record<string, readonly number[]>> = {
    secondMomentOfRows: shape.slice(0, -1),
    secondMomentOfColumns: [...shape.slice(0, -2), ...shape.slice(-1)],
  };
  return partsOf(rank, hasFirst).map((part) => remembered(part, shapes[part] ?? shape));
}

/**
 * The learning rate that Adafactor takes for a parameter: relative to how large its numbers are.
 * @shape parameter: any; the rate: a scalar
 * @param leastScale what the root mean square counts as at least; 0 leaves the rate as it is
 * @throws ConfigError when a number is negative
 * @cost one pass over the parameter
 * @source Shazeer & Stern 2018 (arXiv 1804.04235) §8
 * @example
 * await adafactorRate(tensor1d([3, -3]), 0.01, 1e-3).data(); // => [0.03]
 */
export function adafactorRate(parameter: Tensor, learningRate: number, leastScale: number): Scalar {
  requireFloats('adafactorRate', 'parameter', parameter);
  requireKind('adafactorRate', 'learningRate', learningRate, 'amount');
  requireKind('adafactorRate', 'leastScale', leastScale, 'amount');
  return adafactorRateOf(parameter, learningRate, leastScale);
}

const growing = (decayRate: number): ConfigError =>
  new ConfigError({
    caller: 'adafactor',
    problem: 'decayRate must be at most 0.',
    expected: 'the power of the step that a mean of squares forgets: −0.8, say',
    got: String(decayRate),
    remedy: `write ${-decayRate}: optax has the same number without its sign.`,
  });

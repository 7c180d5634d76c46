import { requireKind, requireKnown } from '@longspan/core-tensor/error';
import { add, div, expandDims, maximum, mean, mul, type Scalar, scalar, sqrt, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { requireFloats } from '../gradient/require-floats.ts';
import { each, type MovedParameter } from './each.ts';
import { type MovingParameter, movingParameters } from './moving-parameters.ts';
import type { Optimizer } from './optimizer.ts';
import { requireShares } from './require-shares.ts';
import type { Selection } from './selection.ts';

export interface AdafactorConfig {
  /** Added to the squared gradient; 1e-30 by default. */
  readonly epsilon?: number | undefined;
  /** The root mean square that an update may have at most; 1 by default. */
  readonly clipThreshold?: number | undefined;
  /** The running mean of squares keeps 1 − step^decayRate; −0.8 by default. */
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
 * `relativeSteps`.
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
  return {
    name: 'adafactor',
    step: (parameters, gradients, state, learningRate) =>
      each(movingParameters('adafactor', parts, parameters, gradients, state, learningRate), (one) =>
        tidy(() => {
          const { name, parameter } = one;
          const rate = adafactorRate(parameter, learningRate, leastScale);
          const { update, remembers } = preconditioned(one, { epsilon, beta2: 1 - one.step ** decayRate });
          const clipped = mul(div(update, maximum(1, div(rootMeanSquare(update), clipThreshold))), rate);
          const first = beta1 === undefined ? undefined : add(mul(one.remembered('firstMoment'), beta1), mul(clipped, 1 - beta1));
          const decay = decays(name, parameter.shape) ? weightDecay : 0;
          const kept = decay === 0 ? parameter : mul(parameter, sub(1, mul(rate, decay)));
          return {
            parameter: sub(kept, first ?? clipped),
            remembers: first === undefined ? remembers : { ...remembers, firstMoment: first },
          };
        }),
      ),
  };
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
  return tidy(() => (leastScale === 0 ? scalar(learningRate) : mul(maximum(rootMeanSquare(parameter), leastScale), learningRate)));
}

const rootMeanSquare = (x: Tensor): Scalar => sqrt(mean(square(x)));

/** The gradient over the root of its remembered squares. */
function preconditioned(
  { gradient, remembered }: MovingParameter,
  { epsilon, beta2 }: { readonly epsilon: number; readonly beta2: number },
): Pick<MovedParameter, 'remembers'> & { readonly update: Tensor } {
  const squares = add(square(gradient), epsilon);
  const running = (part: string, now: Tensor): Tensor => add(mul(remembered(part, now.shape), beta2), mul(now, 1 - beta2));
  if (gradient.rank < 2) {
    const secondMoment = running('secondMoment', squares);
    return { update: div(gradient, sqrt(secondMoment)), remembers: { secondMoment } };
  }
  const rows = running('secondMomentOfRows', mean(squares, -1));
  const columns = running('secondMomentOfColumns', mean(squares, -2));
  // Of the product's root the two roots: the product itself of two means near 1e-30 would not be a float32.
  const byRow = sqrt(div(rows, mean(rows, -1, true)));
  const update = div(div(gradient, expandDims(byRow, -1)), expandDims(sqrt(columns), -2));
  return { update, remembers: { secondMomentOfRows: rows, secondMomentOfColumns: columns } };
}

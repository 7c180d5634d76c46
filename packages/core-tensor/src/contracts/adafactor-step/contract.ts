import { add, div, expandDims, maximum, mean, mul, type Scalar, scalar, sqrt, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';

/**
 * For each parameter of a list, one after the other: parameter, gradient, the running means of squares, and with beta1 the running mean of the
 * updates. Of two or more axes [..., rows, columns] there are two means of squares, of rows [..., rows] and of columns [..., columns]; of
 * fewer axes there is one, of the parameter's shape.
 */
export type AdafactorStepInputs = readonly Tensor[];

/** For each parameter the same without the gradient, all new. */
export type AdafactorStepOutputs = readonly Tensor[];

/** The same for all parameters of the list. */
export interface AdafactorStepAttributes {
  /** Times the root mean square of the parameter where `leastScale` is above 0. */
  readonly learningRate: number;
  /** What the root mean square of a parameter counts as at least; 0 takes the learning rate as it is. */
  readonly leastScale: number;
  /** How much of the means of squares stays from step to step. */
  readonly beta2: number;
  /** How much of the mean of updates stays; null where there is none. */
  readonly beta1: number | null;
  /** Added to the squared gradient. */
  readonly epsilon: number;
  /** The root mean square that an update may have at most. */
  readonly clipThreshold: number;
  /** The parameters shrink by this times their learning rate. */
  readonly weightDecay: number;
}

/** The tensors of one parameter. A parameter that is not factored is as one of a single row: its mean of squares is that of columns. */
export interface AdafactorStepOfOne {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly meanOfRows: Tensor | undefined;
  readonly meanOfColumns: Tensor;
  readonly firstMoment: Tensor | undefined;
}

/** The inputs of the contract, parameter by parameter. */
export function parametersOfAdafactor(
  inputs: AdafactorStepInputs,
  { beta1 }: Pick<AdafactorStepAttributes, 'beta1'>,
): readonly AdafactorStepOfOne[] {
  const found: AdafactorStepOfOne[] = [];
  for (let at = 0; at < inputs.length; ) {
    const next = (): Tensor => inputs[at++] as Tensor;
    const [parameter, gradient] = [next(), next()];
    const meanOfRows = parameter.rank < 2 ? undefined : next();
    const meanOfColumns = next();
    found.push({ parameter, gradient, meanOfRows, meanOfColumns, firstMoment: beta1 === null ? undefined : next() });
  }
  return found;
}

/**
 * Adafactor's step for a list of parameters in one call: means of the squared gradient by rows and by columns, the update by them, clipped by
 * its root mean square. Each has the same bits as in a list of its own. Checked by its caller.
 * @shape inputs parameter, gradient [..., rows, columns], means of squares [..., rows] and [..., columns], and with beta1 the mean of updates
 *   [..., rows, columns]; of fewer than two axes parameter, gradient, mean of squares, and so on, all of one shape; float32. Outputs: the same
 *   without the gradient
 * @cost O(size) time; with a fused kernel some passes over parameter and gradient. New tensors of the parameter's size, of its rows and columns,
 *   and with beta1 of its size again
 * @source Shazeer & Stern 2018 (arXiv 1804.04235) algorithms 4 and 5, as transformers' Adafactor: the mean is of whole updates
 * @example
 * const attributes = { learningRate: 0.1, leastScale: 0, beta2: 0, beta1: null, epsilon: 1e-30, clipThreshold: 1, weightDecay: 0 };
 * const [parameter] = adafactorStepContract.run([tensor1d([1, 1]), tensor1d([3, -4]), tensor1d([0, 0])], attributes);
 * await parameter.data(); // => [0.9, 1.1]
 */
export const adafactorStepContract: Contract<AdafactorStepInputs, AdafactorStepOutputs, AdafactorStepAttributes> =
  /* @__PURE__ */ defineContract({
    name: 'LongspanAdafactorStep',
    outputs: (inputs: AdafactorStepInputs, attributes: AdafactorStepAttributes) =>
      inputs.length - parametersOfAdafactor(inputs, attributes).length,
    reference: {
      forward: (inputs, attributes: AdafactorStepAttributes): AdafactorStepOutputs =>
        parametersOfAdafactor(inputs, attributes).flatMap((one) => tidy(() => [...stepped(one, attributes)])),
    },
  });

const rootMeanSquare = (x: Tensor): Scalar => sqrt(mean(square(x)));

/**
 * The learning rate that Adafactor takes for a parameter: relative to how large its numbers are.
 * @shape parameter [...]; returns a scalar
 * @cost one pass over the parameter; none with leastScale 0
 */
export const adafactorRateOf = (parameter: Tensor, learningRate: number, leastScale: number): Scalar =>
  tidy(() => (leastScale === 0 ? scalar(learningRate) : mul(maximum(rootMeanSquare(parameter), leastScale), learningRate)));

function stepped(one: AdafactorStepOfOne, attributes: AdafactorStepAttributes): readonly Tensor[] {
  const { parameter, firstMoment } = one;
  const { learningRate, leastScale, beta1, clipThreshold, weightDecay } = attributes;
  const rate = adafactorRateOf(parameter, learningRate, leastScale);
  const { update, means } = preconditioned(one, attributes);
  const clipped = mul(update, div(rate, maximum(1, div(rootMeanSquare(update), clipThreshold))));
  const kept = weightDecay === 0 ? parameter : mul(parameter, sub(1, mul(rate, weightDecay)));
  if (firstMoment === undefined) return [sub(kept, clipped), ...means];
  const first = add(mul(firstMoment, beta1 as number), mul(clipped, 1 - (beta1 as number)));
  return [sub(kept, first), ...means, first];
}

/** The gradient over the root of its remembered squares, and what is remembered now. */
function preconditioned(
  { gradient, meanOfRows, meanOfColumns }: AdafactorStepOfOne,
  { epsilon, beta2 }: AdafactorStepAttributes,
): { readonly update: Tensor; readonly means: readonly Tensor[] } {
  const squares = add(square(gradient), epsilon);
  const running = (before: Tensor, now: Tensor): Tensor => add(mul(before, beta2), mul(now, 1 - beta2));
  if (meanOfRows === undefined) {
    const moment = running(meanOfColumns, squares);
    return { update: div(gradient, sqrt(moment)), means: [moment] };
  }
  const rows = running(meanOfRows, mean(squares, -1));
  const columns = running(meanOfColumns, mean(squares, -2));
  // The roots one by one: neither the product of two means near 1e-30 nor their quotient by a mean of large squares need be a float32.
  const byRow = div(sqrt(rows), sqrt(mean(rows, -1, true)));
  return { update: div(div(gradient, expandDims(byRow, -1)), expandDims(sqrt(columns), -2)), means: [rows, columns] };
}

import { add, mul, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';

/** For each parameter of a list three tensors of its shape, one parameter after the other: parameter, gradient, momentum. */
export type SgdStepInputs = readonly Tensor[];

/** For each parameter two tensors of its shape: the new parameter and the new momentum. */
export type SgdStepOutputs = readonly Tensor[];

/** The same for all parameters of the list. */
export interface SgdStepAttributes {
  readonly learningRate: number;
  /** How much of the last step's direction stays. */
  readonly momentum: number;
  /** Times the parameter, added to its gradient. */
  readonly weightDecay: number;
}

/** The tensors of one parameter. */
export type SgdStepOfOne = readonly [parameter: Tensor, gradient: Tensor, momentum: Tensor];

/**
 * The inputs of a contract that takes parameter, gradient and momentum of each, parameter by parameter.
 * @shape those of the parameters
 * @cost no tensor operations
 */
export const parametersWithMomentum = (inputs: readonly Tensor[]): readonly SgdStepOfOne[] =>
  Array.from({ length: inputs.length / 3 }, (_, at) => inputs.slice(3 * at, 3 * at + 3) as readonly Tensor[] as SgdStepOfOne);

/**
 * Gradient descent with momentum, m ← μ m + g + λ p and p ← p − η m, for a list of parameters in one call. Each has the same bits as in a list
 * of its own. Checked by its caller.
 * @shape inputs parameter, gradient, momentum of one shape, float32, and so on for each parameter; outputs parameter, momentum
 * @cost O(size) time; with a fused kernel one pass over the three of each parameter. 8 bytes of new tensors for each number
 * @source Sutskever et al. 2013, in the form of torch.optim.SGD
 * @example
 * const [parameter] = sgdStepContract.run([tensor1d([1]), tensor1d([2]), tensor1d([10])], { learningRate: 0.1, momentum: 0.9, weightDecay: 0 });
 * await parameter.data(); // => [-0.1]
 */
export const sgdStepContract: Contract<SgdStepInputs, SgdStepOutputs, SgdStepAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanSgdStep',
  outputs: (inputs: SgdStepInputs) => 2 * (inputs.length / 3),
  reference: {
    forward: (inputs, attributes: SgdStepAttributes): SgdStepOutputs =>
      parametersWithMomentum(inputs).flatMap((one) => tidy(() => [...stepped(one, attributes)])),
  },
});

function stepped(
  [parameter, gradient, before]: SgdStepOfOne,
  { learningRate, momentum, weightDecay }: SgdStepAttributes,
): readonly [Tensor, Tensor] {
  const slope = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
  const direction = add(mul(before, momentum), slope);
  return [sub(parameter, mul(direction, learningRate)), direction];
}

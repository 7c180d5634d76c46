import { add, div, eye, matMul, mul, sqrt, square, sub, sum, type Tensor, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { parametersWithMomentum, type SgdStepOfOne } from '../sgd-step/contract.ts';

/** For each matrix of a list three tensors of its shape [rows, columns], one matrix after the other: parameter, gradient, momentum. */
export type MuonStepInputs = readonly Tensor[];

/** For each matrix two tensors of its shape: the new parameter and the new momentum. */
export type MuonStepOutputs = readonly Tensor[];

/** The same for all matrices of the list. */
export interface MuonStepAttributes {
  readonly learningRate: number;
  /** How much of the running sum of gradients stays. */
  readonly momentum: number;
  /** The parameters shrink by this times the learning rate, apart from the gradient. */
  readonly weightDecay: number;
  /** Of Newton and Schulz. */
  readonly iterations: number;
}

/** Jordan et al.'s quintic: it takes singular values of (0, 1] to about [0.7, 1.2] in five iterations, which is near enough to 1. */
export const newtonSchulz: { readonly a: number; readonly b: number; readonly c: number } = { a: 3.4445, b: -4.775, c: 2.0315 };

/** Added to the norm of a direction before it is divided by it: a matrix of zeros stays one. */
export const leastNorm = 1e-7;

/** By how much a step along an orthogonal matrix is made longer, so that AdamW's learning rates fit. */
export const muonScale = (shape: readonly number[]): number => 0.2 * Math.sqrt(Math.max(...shape));

/**
 * Muon's step for a list of matrices in one call: the running sum of gradients, Nesterov's direction, its orthogonal part by iterations of
 * Newton and Schulz, and the step along it. Checked by its caller.
 * @shape inputs parameter, gradient, momentum of one shape [rows, columns], float32, and so on for each matrix; outputs parameter, momentum
 * @cost O(rows · columns · min(rows, columns)) time for each iteration: three products of matrices. 8 bytes of new tensors for each number;
 *   temporaries of one matrix at a time, two of its size and three of its shorter side's square
 * @source Jordan et al. 2024 (kellerjordan.github.io/posts/muon), with Nesterov's momentum; decay and scale of Liu et al. 2025
 *   (arXiv 2502.16982) §2.2
 * @example
 * const [x, zero] = [tensor2d([[3]]), tensor2d([[0]])];
 * const [, momentum] = muonStepContract.run([x, x, zero], { learningRate: 0.1, momentum: 0.9, weightDecay: 0, iterations: 5 });
 * await momentum.data(); // => [3]
 */
export const muonStepContract: Contract<MuonStepInputs, MuonStepOutputs, MuonStepAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanMuonStep',
  outputs: (inputs: MuonStepInputs) => 2 * (inputs.length / 3),
  reference: {
    forward: (inputs, attributes: MuonStepAttributes): MuonStepOutputs =>
      parametersWithMomentum(inputs).flatMap((one) => tidy(() => [...stepped(one, attributes)])),
  },
});

function stepped(
  [parameter, gradient, before]: SgdStepOfOne,
  { learningRate, momentum, weightDecay, iterations }: MuonStepAttributes,
): readonly [Tensor, Tensor] {
  const running = add(mul(before, momentum), gradient);
  const direction = orthogonalized(add(gradient, mul(running, momentum)) as Tensor2D, iterations);
  const change = mul(direction, learningRate * muonScale(parameter.shape));
  return [sub(mul(parameter, 1 - learningRate * weightDecay), change), running];
}

/** The orthogonal matrix nearest to one, about: U Vᵀ of its singular vectors. */
function orthogonalized(matrix: Tensor2D, iterations: number): Tensor {
  const { a, b, c } = newtonSchulz;
  const [rows, columns] = matrix.shape;
  if (matrix.size === 0) return matrix;
  const isTall = rows > columns;
  const side = Math.min(rows, columns);
  const identity = mul(eye(side), a);
  let x: Tensor = tidy(() => div(matrix, add(sqrt(sum(square(matrix))), leastNorm)));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const last = x;
    x = tidy(() => {
      // The products are of the shorter side, and a turned copy multiplies faster than a product that turns.
      const turned = transpose(last);
      const products = isTall ? matMul(turned, last) : matMul(last, turned);
      // a x + (b A + c A²) x, with a within the polynomial: one product, and no sum of the size of x
      const polynomial = add(identity, add(mul(products, b), mul(matMul(products, products), c)));
      return isTall ? matMul(last, polynomial) : matMul(polynomial, last);
    });
    last.dispose();
  }
  return x;
}

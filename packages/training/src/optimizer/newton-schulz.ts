import { dims } from '@longspan/core-tensor';
import { add, div, matMul, mul, sqrt, square, sum, type Tensor, transpose } from '@tensorflow/tfjs-core';

// Jordan et al.'s quintic: it takes singular values of (0, 1] to about [0.7, 1.2] in five steps, which is near enough to 1.
const [a, b, c] = [3.4445, -4.775, 2.0315];

/**
 * The orthogonal matrix nearest to one, about: U Vᵀ of its singular vectors, by iterations of Newton and Schulz. Call inside a tidy.
 * @throws ShapeError when it is no matrix
 */
export function orthogonalized(caller: string, name: string, matrix: Tensor, iterations: number): Tensor {
  dims(caller, { [name]: [matrix, 'rows columns'] });
  const [rows, columns] = matrix.shape as [number, number];
  // The products are of the shorter side. A matrix of zeros stays one.
  const wide = rows > columns ? transpose(matrix) : matrix;
  let x = div(wide, add(sqrt(sum(square(wide))), 1e-7));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const products = matMul(x, x, false, true);
    const polynomial = add(mul(products, b), mul(matMul(products, products), c));
    x = add(mul(x, a), matMul(polynomial, x));
  }
  return rows > columns ? transpose(x) : x;
}

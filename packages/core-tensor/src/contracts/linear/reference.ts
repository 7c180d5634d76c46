import { add, matMul, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';

// On wasm one plain product of two matrices is SIMD code; with transposeA, transposeB or a batch it is scalar, 10 to 20 times
// slower. So everything here is such products, of matrices that were transposed before.

/** The linear map of rows, with the weight transposed to [in, out]. */
export function mapRows(rows: Tensor, transposed: Tensor, bias?: Tensor): Tensor {
  const product = matMul(rows, transposed);
  return bias === undefined ? product : add(product, bias);
}

/** The gradient of the linear map for its rows, by the weight [out, in]. */
export const rowsGradient = (dy: Tensor, weight: Tensor): Tensor => matMul(dy, weight);

/** The gradient of the linear map for its weight [out, in]. */
export function weightGradient(dy: Tensor, rows: Tensor): Tensor {
  // wasm leaves a product of depth 0 unwritten.
  if (rows.shape[0] === 0) return zeros([dy.shape[1] as number, rows.shape[1] as number]);
  return matMul(transpose(dy), rows);
}

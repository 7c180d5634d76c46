import { getBackend, matMul, type Tensor, transpose } from '@tensorflow/tfjs-core';

/**
 * Matrix products of a batch: [C, m, k] x [C, k, n]. tfjs-wasm multiplies by a transposed operand in scalar code (2 GF/s)
 * and without one, one product at a time, by XNNPACK (46 GF/s): so there operands are transposed beforehand.
 */
export function product(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: { readonly transposeA?: boolean | undefined; readonly transposeB?: boolean | undefined } = {},
): Tensor {
  if (getBackend() !== 'wasm') return matMul(a, b, transposeA, transposeB);
  return matMul(transposeA ? transpose(a, [0, 2, 1]) : a, transposeB ? transpose(b, [0, 2, 1]) : b);
}

import { matMul, ones, reshape, type Tensor, zeros } from '@tensorflow/tfjs-core';

/**
 * All axes but the last as one.
 * @shape x [..., width]; returns [rows, width]
 * @cost none
 */
export const asRows = (x: Tensor): Tensor => reshape(x, [-1, x.shape.at(-1) as number]);

/** The sum over rows, as a product: tfjs would transpose first. @shape rows [n, d] -> [d] */
export function sumOfRows(rows: Tensor): Tensor {
  const [count, width] = rows.shape as [number, number];
  return count === 0 ? zeros([width]) : reshape(matMul(ones([1, count]), rows), [width]); // wasm leaves a product of depth 0 unwritten
}

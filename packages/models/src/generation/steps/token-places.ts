import { type Padding, padding } from '@longspan/core-tensor';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';

/** The padding of the prompts and the tokens that were read after them. */
export const withRead = (given: Padding, batch: number, read: number): Padding =>
  padding(
    Array.from({ length: batch }, (_, row) => [
      ...(given.rows[given.rows.length === 1 ? 0 : row] as Uint8Array),
      ...new Uint8Array(read).fill(1),
    ]),
  );

/**
 * The positions of the last tokens, counted from the first of each row that is no padding, so that a prompt's text does not depend on those
 * beside it; 0 for padding.
 * @returns int32 [b, count]
 */
export function lastPositions(given: Padding, count: number): Tensor {
  const rows = Array.from({ length: given.batch }, (_, row) => {
    const all = Array.from({ length: given.length }, (_, at) => at);
    const filled = all.findIndex((at) => given.isToken(row, at));
    return all.slice(given.length - count).map((at) => Math.max(0, at - Math.max(0, filled)));
  });
  return tensor2d(rows, [given.batch, count], 'int32');
}

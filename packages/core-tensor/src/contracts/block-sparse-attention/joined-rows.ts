import { add, fill, greater, less, neg, reshape, scatterND, slice, type Tensor, tensor, tidy, topk, where } from '@tensorflow/tfjs-core';
import { rowsOf } from '../../tensor/rows-of.ts';
import { stopGradient } from '../../tensor/stop-gradient.ts';
import type { RowWeights } from './rows-of-weights.ts';

/**
 * Rows of weights whose keys stand in any order and may come several times, as mechanisms of several parts find them: each key once, with
 * the sum of its weights.
 * @param keyCount keys that there are
 * @shape keys int32 [b, h, queries, width], −1 where there is none; weights the same
 * @cost O(b · h · queries · (width + keyCount · log keyCount)) time and memory
 */
export function joinedRows({ keys, weights }: RowWeights, keyCount: number): RowWeights {
  const [batch, heads, queries, width] = keys.shape as [number, number, number, number];
  const rows = batch * heads * queries;
  const kept = Math.min(width, keyCount);
  const shape = [batch, heads, queries, kept];
  return tidy(() => {
    // A column more, for what is no key.
    const columns = keyCount + 1;
    const at = (of: Tensor, length: number): Tensor =>
      add(
        of,
        tensor(
          Int32Array.from({ length: rows }, (_, row) => row * length),
          [rows, 1],
          'int32',
        ),
      );
    const given = reshape(stopGradient(keys), [rows, width]);
    const listed = where(less(given, 0), fill([rows, width], keyCount, 'int32'), given);
    const places = reshape(at(listed, columns), [-1, 1]);
    const summed = (values: Tensor): Tensor =>
      slice(reshape(scatterND(places, reshape(values, [-1]), [rows * columns]), [rows, columns]), [0, 0], [rows, keyCount]);
    const sums = summed(stopGradient(weights));
    const isSeen = greater(summed(fill([rows * width], 1)), 0);
    const position = tensor(
      Int32Array.from({ length: rows * keyCount }, (_, cell) => cell % keyCount),
      [rows, keyCount],
      'int32',
    );
    const far = fill([rows, keyCount], keyCount, 'int32');
    const order = topk(neg(where(isSeen, position, far)), kept).indices;
    const cells = reshape(at(order, keyCount), [-1]);
    const found = rowsOf(reshape(where(isSeen, position, fill([rows, keyCount], -1, 'int32')), [-1]), cells);
    return { keys: reshape(found, shape), weights: reshape(rowsOf(reshape(sums, [-1]), cells), shape) };
  });
}

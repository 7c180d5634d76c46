import {
  add,
  concat,
  erf,
  exp,
  greater,
  mul,
  reverse,
  sigmoid,
  slice,
  split,
  sum,
  type Tensor,
  tanh,
  tidy,
  tile,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import { differentiated, draw, type StockCall } from './call.ts';

/** What a backend package replaces of tfjs besides matrix products: copies, elementwise functions and sums. */
export const anyElementwise: Arbitrary<StockCall> = fc
  .record({ rows: magnitude(2, 600), half: magnitude(1, 300) })
  .map(({ rows, half }) => {
    const shape = [rows, 2 * half];
    const label = `elementwise ${JSON.stringify(shape)}`;
    return {
      label,
      run: (around) =>
        tidy(() => {
          const isLeft = greater(draw(`condition of ${label}`, shape, around), 0);
          return differentiated(label, { x: shape, y: shape }, (x, y) => {
            const [left, right] = split(where(isLeft, tanh(x as Tensor), exp(mul(y as Tensor, 0.1))), 2, 1);
            const joined = concat([right as Tensor, erf(left as Tensor)], 1);
            const copied = add(tile(slice(joined, [1, 0], [1, 2 * half]), [rows, 1]), reverse(transpose(transpose(joined)), 0));
            return sum(sigmoid(copied), 0);
          })(around);
        }),
    };
  });

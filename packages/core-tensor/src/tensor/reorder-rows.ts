import { pad, reshape, slice, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { defineOp } from '../op/define-op.ts';
import { rowsOf } from './rows-of.ts';
import { scatterRows } from './scatter-rows.ts';

interface Order {
  /** For each row of one side the row of the other that it stands for; −1 for none. */
  readonly order: Int32Array;
  /** Rows of each batch entry on the other side. */
  readonly rows: number;
}

/** One more row for each batch entry where some number is −1: the row that stands for none. */
const withNone = ({ order, rows }: Order): number => (order.includes(-1) ? rows + 1 : rows);

/** Row numbers [batch, order.length] among the rows of all batch entries. */
function flatRows({ order, rows }: Order, batch: number, stride: number): Tensor {
  const numbers = new Int32Array(batch * order.length);
  for (let at = 0; at < numbers.length; at++) {
    const row = order[at % order.length] as number;
    numbers[at] = Math.floor(at / order.length) * stride + (row < 0 ? rows : row);
  }
  return tensor2d(numbers, [batch, order.length], 'int32');
}

function gathered(x: Tensor, order: Order): Tensor {
  const [batch = 0, rows = 0, width = 0] = x.shape;
  const stride = withNone(order);
  const padded =
    stride === rows
      ? x
      : pad(x, [
          [0, 0],
          [0, 1],
          [0, 0],
        ]);
  return rowsOf(reshape(padded, [batch * stride, width]), flatRows(order, batch, stride));
}

function scattered(x: Tensor, order: Order): Tensor {
  const [batch = 0, , width = 0] = x.shape;
  const stride = withNone(order);
  const sums = reshape(scatterRows(flatRows(order, batch, stride), x, batch * stride), [batch, stride, width]);
  return stride === order.rows ? sums : slice(sums, [0, 0, 0], [batch, order.rows, width]);
}

const reorderOp = defineOp({
  name: 'LongspanReorderRows',
  forward: ([x]: readonly [Tensor], order: Order) => [gathered(x, order)],
  save: { inputs: [] },
  gradient: (_, [dy], order) => [scattered(dy, order)],
});

const scatterRowsOp = defineOp({
  name: 'LongspanAddUpRows',
  forward: ([x]: readonly [Tensor], order: Order) => [scattered(x, order)],
  save: { inputs: [] },
  gradient: (_, [dy], order) => [gathered(dy, order)],
});

/**
 * Takes, drops, repeats and inserts rows: row `to` of the result is row `order[to]` of x, and zeros where that is −1.
 * @shape x [b, n, width]; order of any length; returns [b, order.length, width]
 * @cost one copy, and another if there are rows of zeros
 */
export const reorderRows = (x: Tensor, order: Int32Array): Tensor => reorderOp([x], { order, rows: x.shape[1] as number })[0];

/**
 * Adds row `from` of x to row `order[from]` of the result, and nowhere where that is −1: the transpose of `reorderRows`.
 * @shape x [b, order.length, width]; returns [b, rows, width]
 * @cost one pass over x and one over the result
 */
export const scatterRowsBy = (x: Tensor, order: Int32Array, rows: number): Tensor => scatterRowsOp([x], { order, rows })[0];

/** The order that undoes another: where each row went if row `to` came from `order[to]`; −1 for a row that went nowhere. */
export function inverseOrder(order: Int32Array, rows: number): Int32Array {
  const inverse = new Int32Array(rows).fill(-1);
  order.forEach((from, to) => {
    if (from >= 0) inverse[from] = to;
  });
  return inverse;
}

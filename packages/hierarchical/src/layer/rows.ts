import { defineOp } from '@longspan/core-tensor/kernel';
import { gatherND, pad, reshape, scatterND, slice, type Tensor, tensor2d } from '@tensorflow/tfjs-core';

interface Order {
  /** For each row of the shorter description the row it stands for; −1 for none. */
  readonly order: Int32Array;
  /** Rows of each batch entry on the other side. */
  readonly rows: number;
}

/** Row indices [batch · order, 1] into batch entries of `rows` + 1 rows: the last one stands for −1. */
function flatIndices(order: Int32Array, batch: number, rows: number): Tensor {
  const indices = new Int32Array(batch * order.length);
  for (let entry = 0; entry < batch; entry++) {
    const base = entry * (rows + 1);
    for (let at = 0; at < order.length; at++) {
      const row = order[at] as number;
      indices[entry * order.length + at] = base + (row < 0 ? rows : row);
    }
  }
  return tensor2d(indices, [indices.length, 1], 'int32');
}

// gatherND and scatterND: on wasm they move whole rows, while gather is slow and its gradient throws.
function gathered(x: Tensor, order: Int32Array): Tensor {
  const [batch = 0, rows = 0, width = 0] = x.shape;
  const withZeros = pad(x, [
    [0, 0],
    [0, 1],
    [0, 0],
  ]);
  const flat = gatherND(reshape(withZeros, [batch * (rows + 1), width]), flatIndices(order, batch, rows));
  return reshape(flat, [batch, order.length, width]);
}

function scattered(x: Tensor, { order, rows }: Order): Tensor {
  const [batch = 0, , width = 0] = x.shape;
  const sums = scatterND(flatIndices(order, batch, rows), reshape(x, [batch * order.length, width]), [batch * (rows + 1), width]);
  return slice(reshape(sums, [batch, rows + 1, width]), [0, 0, 0], [batch, rows, width]);
}

const takeOp = defineOp({
  name: 'LongspanTakeRows',
  forward: ([x]: readonly [Tensor], { order }: Order) => [gathered(x, order)],
  save: { inputs: [] },
  gradient: (_, [dy], order) => [scattered(dy, order)],
});

const addUpOp = defineOp({
  name: 'LongspanAddUpRows',
  forward: ([x]: readonly [Tensor], order: Order) => [scattered(x, order)],
  save: { inputs: [] },
  gradient: (_, [dy], { order }) => [gathered(dy, order)],
});

/**
 * Row `to` of the result is row `order[to]` of x, and zeros where that is −1. A row may be taken several times.
 * @shape x [b, n, width]; returns [b, order.length, width]
 */
export const takeRows = (x: Tensor, order: Int32Array): Tensor => takeOp([x], { order, rows: x.shape[1] as number })[0];

/**
 * Adds row `from` of x to row `order[from]` of the result, and nowhere where that is −1: the transpose of `takeRows`.
 * @shape x [b, order.length, width]; returns [b, rows, width]
 */
export const addUpRows = (x: Tensor, order: Int32Array, rows: number): Tensor => addUpOp([x], { order, rows })[0];

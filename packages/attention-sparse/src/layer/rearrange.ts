import { defineOp } from '@longspan/core-tensor/kernel';
import { gatherND, pad, reshape, type Tensor, tensor2d } from '@tensorflow/tfjs-core';

/** Where each row goes if row `to` came from `order[to]`; −1 for a row that goes nowhere. */
export function inverseOrder(order: Int32Array, rows: number): Int32Array {
  const inverse = new Int32Array(rows).fill(-1);
  order.forEach((from, to) => {
    if (from >= 0) inverse[from] = to;
  });
  return inverse;
}

function take(x: Tensor, order: Int32Array): Tensor {
  const [batch = 0, rows = 0, width = 0] = x.shape;
  const source = order.includes(-1)
    ? pad(x, [
        [0, 0],
        [0, 1],
        [0, 0],
      ])
    : x;
  const sourceRows = source.shape[1] as number;
  const indices = new Int32Array(batch * order.length);
  for (let at = 0; at < indices.length; at++) {
    const from = order[at % order.length] as number;
    indices[at] = Math.floor(at / order.length) * sourceRows + (from < 0 ? rows : from);
  }
  // gatherND and not gather: on wasm it copies whole rows.
  const flat = gatherND(reshape(source, [batch * sourceRows, width]), tensor2d(indices, [indices.length, 1], 'int32'));
  return reshape(flat, [batch, order.length, width]);
}

// An op of its own: gatherND has no gradient, and that of gather throws on wasm.
const rearranged = defineOp({
  name: 'LongspanRearrange',
  forward: ([x]: readonly [Tensor], { order }: { readonly order: Int32Array; readonly rows: number }) => [take(x, order)],
  save: { inputs: [] },
  gradient: (_, [dy], { order, rows }) => [take(dy, inverseOrder(order, rows))],
});

/**
 * Moves, drops and inserts rows: row `to` of the result is row `order[to]` of x, and zeros where that is −1.
 * No row may be taken twice, so that the gradient is the same move backwards.
 * @shape x [b, n, width]; order of any length; returns [b, order.length, width]
 * @cost one copy, and another if there are rows of zeros
 */
export const rearrange = (x: Tensor, order: Int32Array): Tensor => rearranged([x], { order, rows: x.shape[1] as number })[0];

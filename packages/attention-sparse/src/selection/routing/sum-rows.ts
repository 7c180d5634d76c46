import { defineOp, type Op, rowsOf, scatterRows } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';

const summed: Op<readonly [Tensor, Tensor], [Tensor], { readonly rows: number }> = defineOp({
  name: 'LongspanSumRows',
  forward: ([x, targets]: readonly [Tensor, Tensor], { rows }: { readonly rows: number }): [Tensor] => [scatterRows(targets, x, rows)],
  save: { inputs: [1] },
  gradient: ({ inputs: [targets] }, [dy]) => [rowsOf(dy, targets), null],
});

/**
 * Adds each row of x to the row that it is meant for: the inverse of a gather, with its gradient.
 * @shape x [count, width]; targets int32 [count], 0 … rows − 1; returns [rows, width]
 * @cost O(count · width)
 */
export const sumRows = (x: Tensor, targets: Tensor, rows: number): Tensor => summed([x, targets], { rows })[0];

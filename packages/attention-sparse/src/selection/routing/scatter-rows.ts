import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import { gatherND, reshape, scatterND, type Tensor } from '@tensorflow/tfjs-core';

const scattered: Op<readonly [Tensor, Tensor], [Tensor], { readonly rows: number }> = defineOp({
  name: 'LongspanScatterRows',
  forward: ([x, targets]: readonly [Tensor, Tensor], { rows }: { readonly rows: number }): [Tensor] => [
    scatterND(reshape(targets, [-1, 1]), x, [rows, x.shape[1] as number]),
  ],
  save: { inputs: [1] },
  gradient: ({ inputs: [targets] }, [dy]) => [gatherND(dy, reshape(targets, [-1, 1])), null],
});

/**
 * Adds each row of x to the row that it is meant for: the inverse of a gather, and its gradient.
 * @shape x [count, width]; targets int32 [count], 0 … rows − 1; returns [rows, width]
 * @cost O(count · width)
 */
export const scatterRows = (x: Tensor, targets: Tensor, rows: number): Tensor => scattered([x, targets], { rows })[0];

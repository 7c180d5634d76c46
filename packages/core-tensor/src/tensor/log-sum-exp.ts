import {
  abs,
  add,
  exp,
  expandDims,
  fill,
  less,
  log,
  max,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { ConfigError, show } from '../error/index.ts';
import { defineOp } from '../op/define-op.ts';
import { dims } from './dims.ts';
import { sharesOf } from './part-weights.ts';

const logSumExpOp = defineOp({
  name: 'LongspanLogSumExp',
  forward: ([x]: readonly [Tensor], { axis }: { readonly axis: number }) => {
    if (x.size === 0)
      return [
        fill(
          x.shape.filter((_, each) => each !== axis),
          Number.NEGATIVE_INFINITY,
        ),
      ]; // wasm reads past the end of an empty row
    const largest = max(x, axis, true);
    const shift = where(less(abs(largest), Number.POSITIVE_INFINITY), largest, zerosLike(largest)); // ∞ − ∞ is NaN
    const total = sum(exp(sub(x, shift)), axis);
    return [add(log(total), reshape(shift, total.shape))];
  },
  save: { inputs: [0] },
  // The softmax; of a row of −Infinity each weight is 0.
  gradient: ({ inputs: [x] }, [dy], { axis }) => [mul(expandDims(dy, axis), x.size === 0 ? x : sharesOf(x, axis))],
});

/**
 * The logarithm of the sum of exponentials along one axis. A row of −Infinity, or of no elements, gives −Infinity and has zero
 * gradients; tfjs's own gives NaN for both.
 * @shape x [..., n, ...] -> [..., ...] without that axis; natural logarithms (nats)
 * @param axis counts from the end where negative; the last by default
 * @throws ShapeError when x is not a tensor; ConfigError when it has no such axis
 * @cost O(size of x) time, two temporaries of its size; the backward pass the same
 * @example
 * await logSumExp(tensor2d([[0, Math.log(3)], [-Infinity, -Infinity]])).data(); // => [1.386294361, -Infinity]
 */
export function logSumExp(x: Tensor, axis = -1): Tensor {
  dims('logSumExp', { x: [x, '...:float32'] });
  const at = Number.isInteger(axis) && axis < 0 ? axis + x.rank : axis;
  if (!(Number.isInteger(at) && at >= 0 && at < x.rank)) {
    throw new ConfigError({
      caller: 'logSumExp',
      problem: 'axis must be one of x.',
      expected: x.rank === 0 ? 'a tensor with an axis' : `an integer of ${-x.rank} … ${x.rank - 1}`,
      got: `axis ${show(axis)} of a tensor [${x.shape.join(', ')}]`,
      remedy: 'give one axis of x.',
    });
  }
  return logSumExpOp([x], { axis: at })[0];
}

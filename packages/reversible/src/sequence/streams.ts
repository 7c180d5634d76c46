import { defineLayer, dims, type Layer } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import { add, concat, mul, split, type Tensor } from '@tensorflow/tfjs-core';

/** The two streams between reversible blocks, of one shape. */
export interface Streams {
  readonly x1: Tensor;
  readonly x2: Tensor;
}

/** Throws unless the last axis holds two streams of equal width. */
export function checkStreams(caller: string, x: Tensor): void {
  const features = x.shape.at(-1) ?? 0;
  if (features > 0 && features % 2 === 0 && x.dtype === 'float32') return;
  throw new ShapeError({
    caller,
    problem: 'x must hold two streams of one width along its last axis.',
    expected: '[..., 2 · width], float32',
    got: `[${x.shape.join(', ')}], ${x.dtype}`,
    remedy: 'put duplicateStreams() before the blocks, or concat([x1, x2], -1).',
  });
}

export function splitStreams(x: Tensor): Streams {
  const [x1, x2] = split(x, 2, -1) as [Tensor, Tensor];
  return { x1, x2 };
}

/** tfjs's own gradient of concat would keep both streams. */
const join: Op<readonly [Tensor, Tensor], [Tensor], object> = defineOp({
  name: 'LongspanJoinStreams',
  forward: ([x1, x2]: readonly [Tensor, Tensor]): [Tensor] => [concat([x1, x2], -1)],
  save: { inputs: [] },
  gradient: (_, [dy]) => split(dy, 2, -1),
});

export const joinStreams = ({ x1, x2 }: Streams): Tensor => join([x1, x2], {})[0];

/**
 * Starts both streams of a reversible sequence from the same features. No parameters.
 * @shape x [..., width] -> [..., 2 · width]
 * @cost one copy
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §3
 * @example
 * await duplicateStreams().apply({}, tensor1d([1, 2])).data(); // => [1, 2, 1, 2]
 */
export const duplicateStreams = (): Layer =>
  defineLayer({
    name: 'duplicateStreams',
    check: (caller, x) => void dims(caller, { x: [x, '... width:float32'] }),
    run: (_, x: Tensor) => joinStreams({ x1: x, x2: x }),
  });

/**
 * Reads both streams of a reversible sequence as their mean. Hugging Face's Reformer goes on with both side by side: leave this out.
 * No parameters.
 * @shape x [..., 2 · width] -> [..., width]
 * @throws ShapeError when the last axis is odd
 * @cost O(elements)
 * @source Kitaev et al. 2020 (arXiv 2001.04451), the authors' code; reformer-pytorch
 * @example
 * await averageStreams().apply({}, tensor1d([1, 2, 3, 8])).data(); // => [2, 5]
 */
export const averageStreams = (): Layer =>
  defineLayer({
    name: 'averageStreams',
    check: (caller, x) => checkStreams(caller, x),
    run({ caller }, x: Tensor) {
      checkStreams(caller, x);
      const { x1, x2 } = splitStreams(x);
      return mul(add(x1, x2), 0.5);
    },
  });

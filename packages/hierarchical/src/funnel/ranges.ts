import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import type { Span } from '@longspan/core-tensor/layout';
import { add, pad, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';

interface Cut {
  readonly ranges: readonly Span[];
  readonly length: number;
}

// One op for all ranges: tfjs would keep a gradient of x's whole size for each slice until the backward pass is over.
const rangesOp: Op<readonly [Tensor], Tensor[], Cut> = defineOp({
  name: 'LongspanRanges',
  forward: ([x]: readonly [Tensor], { ranges }: Cut): Tensor[] => {
    const [batch, heads, , headDim] = x.shape as [number, number, number, number];
    return ranges.map(({ start, end }) => slice(x, [0, 0, start, 0], [batch, heads, end - start, headDim]));
  },
  save: { inputs: [] },
  gradient: (_, dys, { ranges, length }) => {
    let sum: Tensor | undefined;
    for (const [at, { start, end }] of ranges.entries()) {
      const before = sum;
      sum = tidy(() => {
        const whole = pad(dys[at] as Tensor, [
          [0, 0],
          [0, 0],
          [start, length - end],
          [0, 0],
        ]);
        return before === undefined ? whole : add(before, whole);
      });
      before?.dispose();
    }
    return [sum as Tensor];
  },
});

/**
 * Ranges of positions, which may overlap, each a tensor of its own.
 * @shape x [b, h, n, d]; returns [b, h, end − start, d] for each range; x itself where the only range is all of it
 */
export const rangesOf = (x: Tensor, ranges: readonly Span[]): readonly Tensor[] => {
  const length = x.shape[2] as number;
  const [only] = ranges;
  return ranges.length === 1 && only?.start === 0 && only.end === length ? [x] : rangesOp([x], { ranges, length });
};

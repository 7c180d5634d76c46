import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import { add, pad, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Positions from … to − 1. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

interface Cut {
  readonly ranges: readonly Range[];
  readonly length: number;
}

// One op for all ranges: tfjs would keep a gradient of x's whole size for each slice until the backward pass is over.
const rangesOp: Op<readonly [Tensor], Tensor[], Cut> = defineOp({
  name: 'LongspanRanges',
  forward: ([x]: readonly [Tensor], { ranges }: Cut): Tensor[] => {
    const [batch, heads, , headDim] = x.shape as [number, number, number, number];
    return ranges.map(({ from, to }) => slice(x, [0, 0, from, 0], [batch, heads, to - from, headDim]));
  },
  save: { inputs: [] },
  gradient: (_, dys, { ranges, length }) => {
    let sum: Tensor | undefined;
    for (const [at, { from, to }] of ranges.entries()) {
      const before = sum;
      sum = tidy(() => {
        const whole = pad(dys[at] as Tensor, [
          [0, 0],
          [0, 0],
          [from, length - to],
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
 * @shape x [b, h, n, d]; returns [b, h, to − from, d] for each range; x itself where the only range is all of it
 */
export const rangesOf = (x: Tensor, ranges: readonly Range[]): readonly Tensor[] => {
  const length = x.shape[2] as number;
  const [only] = ranges;
  return ranges.length === 1 && only?.from === 0 && only.to === length ? [x] : rangesOp([x], { ranges, length });
};

import type { GatherRowsAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** out[i] = table[ids[i]]; NaN where an id is outside. Rows of padding get no gradient. */
export const define: Define<GatherRowsAttributes> = ([table, ids], { rows, width, paddingIndex }) => {
  const { values } = table as Values;
  const given = ids as Values;
  const isInside = (id: number): boolean => id >= 0 && id < rows;
  const out = new Float64Array(given.values.length * width);
  for (let at = 0; at < out.length; at++) {
    const id = given.values[Math.floor(at / width)] as number;
    out[at] = isInside(id) ? (values[id * width + (at % width)] as number) : Number.NaN;
  }
  return {
    outputs: [{ shape: [...given.shape, width], values: out }],
    gradients([dy]) {
      const sums = new Float64Array(rows * width);
      for (let at = 0; at < out.length; at++) {
        const id = given.values[Math.floor(at / width)] as number;
        if (isInside(id) && id !== paddingIndex) sums[id * width + (at % width)]! += dy?.[at] as number;
      }
      return [sums, null];
    },
  };
};

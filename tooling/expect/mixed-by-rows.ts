import type { RowWeights } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * What rows of a softmax make of values, in plain loops: [b, h, queries, dv], flat. Where there are fewer keys than features, values have
 * full rank, and only the softmax itself gives the output of the attention.
 */
export async function mixedByRows({ keys, weights }: RowWeights, values: Tensor): Promise<number[]> {
  const [batch, heads, queries, width] = keys.shape as [number, number, number, number];
  const [, , count, dv] = values.shape as [number, number, number, number];
  const [at, shares, numbers] = [await keys.data(), await weights.data(), await values.data()];
  const mixed: number[] = [];
  for (let row = 0; row < batch * heads * queries; row++) {
    const plane = Math.floor(row / queries);
    const sums = new Array<number>(dv).fill(0);
    let before = -1;
    for (let entry = row * width; entry < (row + 1) * width; entry++) {
      const key = at[entry] as number;
      if (key < 0) {
        before = count;
        if (shares[entry] !== 0) throw new Error(`row ${row} has a weight where it has no key`);
        continue;
      }
      if (key <= before || key >= count) throw new Error(`row ${row} has the key ${key} after ${before}, of ${count}`);
      before = key;
      for (let d = 0; d < dv; d++)
        sums[d] = (sums[d] as number) + (shares[entry] as number) * (numbers[(plane * count + key) * dv + d] as number);
    }
    mixed.push(...sums);
  }
  return mixed;
}

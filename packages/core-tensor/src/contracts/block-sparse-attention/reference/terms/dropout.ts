import { add, cast, div, expandDims, floor, greaterEqual, mul, pad, reshape, sub, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { rowsOf } from '../../../../tensor/rows-of.ts';
import { type DropoutTables, dropoutPrime } from '../../pair-dropout.ts';
import type { Chunk } from '../chunk.ts';

/** x mod 2039; exact for whole x below 2^23, because a quotient of integers is at least 1/2039 away from the next one. */
const mod = (x: Tensor): Tensor => sub(x, mul(floor(div(x, dropoutPrime)), dropoutPrime));

/** Which weights are kept, times their gain: float [C, B, W · B]. */
export function keptWeights({ query, key, threshold, gain }: DropoutTables, chunk: Chunk): Tensor {
  const { rows, blockSize, width, keyBlocks, sizes } = chunk;
  const { queryLength, keyLength, heads } = sizes;
  const ofQuery = (residues: Float32Array): Tensor => {
    const picked = new Float32Array(rows * blockSize);
    for (let row = 0; row < rows; row++) {
      const sequence = (chunk.batchRows[row] as number) * heads + (chunk.heads[row] as number);
      const first = (chunk.queryBlock[row] as number) * blockSize;
      const from = sequence * queryLength + first;
      picked.set(residues.subarray(from, from + Math.min(blockSize, queryLength - first)), row * blockSize);
    }
    return tensor(picked, [rows, blockSize, 1]);
  };
  const ofKey = (residues: Float32Array): Tensor => {
    const table = reshape(pad(tensor(residues), [[0, (keyBlocks + 1) * blockSize - keyLength]]), [-1, blockSize]);
    return expandDims(reshape(rowsOf(table, chunk.blocks), [rows, width * blockSize]), 1);
  };
  const x = mod(add(add(mul(ofQuery(query.factor), ofKey(key.factor)), ofQuery(query.shift)), ofKey(key.shift)));
  const y = mod(add(add(mod(mul(mod(mul(x, x)), x)), ofQuery(query.lateShift)), ofKey(key.lateShift)));
  return mul(cast(greaterEqual(y, threshold), 'float32'), gain);
}

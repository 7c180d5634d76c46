import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';
import { bufferOfCasts } from './buffer-of-casts.ts';
import { lengthOfCumulativeSums } from './length-of-cumulative-sums.ts';
import { logarithmOfZero } from './logarithm-of-zero.ts';
import type { Repair } from './repair.ts';
import { rowsOfSoftmax } from './rows-of-softmax.ts';
import { sineAndCosine } from './sine-and-cosine.ts';
import { sumOfManyTensors } from './sum-of-many-tensors.ts';
import { tileOfManyAxes } from './tile-of-many-axes.ts';
import { transposeOfIntegers } from './transpose-of-integers.ts';
import { whereOfManyAxes } from './where-of-many-axes.ts';

/** All that register() puts right. */
export const repairs: readonly Repair[] = [
  transposeOfIntegers,
  lengthOfCumulativeSums,
  rowsOfSoftmax,
  tileOfManyAxes,
  bufferOfCasts,
  logarithmOfZero,
  sineAndCosine,
  whereOfManyAxes,
  sumOfManyTensors,
];

/** @returns undoes all, the last one first */
export function applyRepairs(backend: TfjsWebGpu, chosen: readonly Repair[] = repairs): () => void {
  const undo = chosen.map((repair) => repair.apply(backend));
  return () => {
    for (const each of undo.reverse()) each();
  };
}

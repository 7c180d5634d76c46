import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.ts';

export const shapeWith = (r: Random, last: number, rank = r.int(1, 4)): number[] => [
  ...Array.from({ length: rank - 1 }, () => r.int(1, rank > 2 ? 5 : 30)),
  last,
];

export const T = (x: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32' = 'float32') => tf.tensor(x, shape, dtype);

export const F = (n: number) => new Float64Array(n);

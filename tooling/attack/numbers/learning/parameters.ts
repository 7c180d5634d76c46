import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.ts';
import { size } from '../tensors.ts';

export const T = (x: ArrayLike<number>, shape: number[]) => tf.tensor(Float32Array.from(x), shape);

export const norm2 = (x: ArrayLike<number>) => Math.sqrt(Array.from(x).reduce((a, b) => a + b * b, 0));

export interface P {
  name: string;
  shape: number[];
  x: Float64Array;
}

export function someParameters(r: Random, ranks: number[] = [0, 1, 2, 2, 3]): P[] {
  return Array.from({ length: r.int(1, 4) }, (_, i) => {
    const rank = r.pick(ranks);
    const shape = Array.from({ length: rank }, () => r.int(1, 6));
    return {
      name: r.pick([`p${i}`, `layers.${i}.weight`, `b${i}.bias`]),
      shape,
      x: Float64Array.from(r.normals(size(shape), r.pick([0.1, 1, 10]))),
    };
  });
}

export const record = (ps: P[]) => Object.fromEntries(ps.map((p) => [p.name, T(p.x, p.shape)]));

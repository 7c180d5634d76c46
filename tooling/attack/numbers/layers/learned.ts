import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** A table of positions, added. */
export async function learnedPositions(c: Case): Promise<void> {
  const r = c.rng;
  const L = r.int(1, 30);
  const n = r.int(1, L);
  const start = r.int(0, L - n);
  const w = r.int(1, 9);
  const b = r.int(1, 3);
  const x = r.normals(b * n * w);
  const t = r.normals(L * w);
  c.note({ L, n, start });
  const want = F(x.length);
  for (let p = 0; p < b; p++)
    for (let i = 0; i < n; i++)
      for (let d = 0; d < w; d++) want[(p * n + i) * w + d] = Math.fround(x[(p * n + i) * w + d]! + t[(start + i) * w + d]!);
  c.close('applyLearnedPositions', await read(C.applyLearnedPositions(T(x, [b, n, w]), T(t, [L, w]), start)), want, 1e-7);
  const g = r.normals(x.length);
  const [d] = tf.grads((z: tf.Tensor) => tf.sum(tf.mul(C.applyLearnedPositions(T(x, [b, n, w]), z, start), T(g, [b, n, w]))) as tf.Scalar)([
    T(t, [L, w]),
  ]);
  const dt = F(L * w);
  for (let p = 0; p < b; p++) for (let i = 0; i < n; i++) for (let e = 0; e < w; e++) dt[(start + i) * w + e]! += g[(p * n + i) * w + e]!;
  c.close('applyLearnedPositions: dweight', await read(d!), dt, 2e-6);
}

import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** Axial positions (Reformer, arXiv 2001.04451): tables of the axes of a grid, concatenated. */
export async function axialPositions(c: Case): Promise<void> {
  const r = c.rng;
  const n1 = r.int(1, 6);
  const n2 = r.int(1, 6);
  const n = r.int(1, n1 * n2);
  const start = r.int(0, n1 * n2 - n);
  const d1 = r.int(1, 5);
  const d2 = r.int(1, 5);
  const w = d1 + d2;
  const b = r.int(1, 2);
  const x = r.normals(b * n * w);
  const A = r.normals(n1 * d1);
  const B = r.normals(n2 * d2);
  const g = r.normals(x.length);
  c.note({ n1, n2, n, start, d1, d2 });
  const want = F(x.length);
  const da = F(A.length);
  const dB = F(B.length);
  for (let p = 0; p < b; p++)
    for (let i = 0; i < n; i++)
      for (let e = 0; e < w; e++) {
        const at = (p * n + i) * w + e;
        const row = Math.floor((start + i) / n2);
        const col = (start + i) % n2;
        if (e < d1) {
          want[at] = x[at]! + A[row * d1 + e]!;
          da[row * d1 + e]! += g[at]!;
        } else {
          want[at] = x[at]! + B[col * d2 + e - d1]!;
          dB[col * d2 + e - d1]! += g[at]!;
        }
      }
  c.close(
    'applyAxialPositions',
    await read(C.applyAxialPositions(T(x, [b, n, w]), T(A, [n1, 1, d1]), T(B, [1, n2, d2]), start)),
    want,
    1e-6,
  );
  const gs = tf.grads(
    (a2: tf.Tensor, b2: tf.Tensor) => tf.sum(tf.mul(C.applyAxialPositions(T(x, [b, n, w]), a2, b2, start), T(g, [b, n, w]))) as tf.Scalar,
  )([T(A, [n1, 1, d1]), T(B, [1, n2, d2])]);
  c.close('applyAxialPositions: dfirst', await read(gs[0]!), da, 1e-5);
  c.close('applyAxialPositions: dsecond', await read(gs[1]!), dB, 1e-5);
}

import * as H from '@longspan/hierarchical';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';

/** Pooling and upsampling of windows and of groups of unequal lengths. */
export async function pooling(c: Case, B: number, n: number): Promise<void> {
  const r = c.rng;
  const w = r.int(1, 4);
  const offs = [0];
  while (offs.at(-1)! < n) offs.push(Math.min(n, offs.at(-1)! + r.int(0, 4)));
  const groups = H.groupsFromBoundaries(offs);
  const G = groups.count;
  const x = r.normals(B * n * w);
  if (r.chance(0.3)) for (let i = 0; i < x.length; i++) x[i] = Math.round(x[i]!);
  c.note({ offs, w });
  const mean = new Float64Array(B * G * w);
  const max = new Float64Array(B * G * w);
  for (let p = 0; p < B; p++)
    for (let g = 0; g < G; g++)
      for (let e = 0; e < w; e++) {
        const at = (p * G + g) * w + e;
        const ms: number[] = [];
        for (let i = offs[g]!; i < offs[g + 1]!; i++) ms.push(x[(p * n + i) * w + e]!);
        mean[at] = ms.length ? ms.reduce((a, b) => a + b, 0) / ms.length : 0;
        max[at] = ms.length ? Math.max(...ms) : 0;
      }
  const X3 = T(x, [B, n, w]);
  c.close('meanPooling', await read(H.meanPooling(X3, groups)), mean, 1e-5);
  c.close('maxPooling', await read(H.maxPooling(X3, groups)), max, 0);
  const g = r.normals(B * G * w);
  const [dm] = tf.grads((z: tf.Tensor) => tf.sum(tf.mul(H.maxPooling(z, groups), T(g, [B, G, w]))) as tf.Scalar)([X3]);
  const wm = new Float64Array(x.length);
  for (let p = 0; p < B; p++)
    for (let q = 0; q < G; q++)
      for (let e = 0; e < w; e++) {
        const at = (p * G + q) * w + e;
        const ties: number[] = [];
        for (let i = offs[q]!; i < offs[q + 1]!; i++) if (x[(p * n + i) * w + e] === max[at]) ties.push((p * n + i) * w + e);
        for (const t of ties) wm[t] = g[at]! / ties.length;
      }
  c.close('maxPooling: dx', await read(dm!), wm, 1e-6);
  const causal = r.chance() && offs.every((o, i) => i === 0 || o > offs[i - 1]!);
  const Y = r.normals(B * G * w);
  const up = new Float64Array(x.length);
  for (let p = 0; p < B; p++)
    for (let i = 0; i < n; i++) {
      let own0 = -1;
      for (let q = 0; q < G; q++)
        if (
          causal
            ? (offs[q + 1]! <= i + 1 && offs[q + 1]! > offs[q]!) || (causal && offs[q + 1]! <= i + 1)
            : offs[q]! <= i && i < offs[q + 1]!
        )
          own0 = q;
      for (let e = 0; e < w; e++) up[(p * n + i) * w + e] = own0 < 0 ? 0 : Y[(p * G + own0) * w + e]!;
    }
  c.close(
    `repeatUpsampling${causal ? ' causal' : ''}`,
    await read(H.repeatUpsampling(T(Y, [B, G, w]), groups, { causal })),
    up,
    0,
    causal ? 'unclear' : 'high',
  );
}

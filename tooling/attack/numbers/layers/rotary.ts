import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** Rotary positions (arXiv 2104.09864 §3.2): pairs of dimensions turned by position · base^(−2i/d). */
export async function rotary(c: Case): Promise<void> {
  const r = c.rng;
  const b = r.int(1, 3);
  const h = r.int(1, 3);
  const n = r.int(1, 20);
  const d = 2 * r.int(1, 20) + (r.chance(0.2) ? 1 : 0);
  const rotaryDim = r.chance(0.5) && d % 2 === 0 ? undefined : 2 * r.int(1, Math.floor(d / 2));
  const style = r.pick(['half', 'interleaved'] as const);
  const base = r.pick([undefined, 10000, 500000, 100]);
  const perRow = r.chance(0.4);
  const device = r.chance(0.3);
  const big = r.chance(0.2) && !device;
  const draw = () => Array.from({ length: n }, () => (big ? r.int(0, 1e6) : r.int(0, 300)));
  const rowsP = Array.from({ length: perRow ? b : 1 }, draw);
  c.note({ b, h, n, d, rotaryDim, style, base, perRow, device, big });
  const R = rotaryDim ?? d;
  const x = r.normals(b * h * n * d);
  const y = F(x.length);
  const g = r.normals(x.length);
  const dx = F(x.length);
  const tol = F(x.length);
  for (let p = 0; p < b; p++)
    for (let q = 0; q < h; q++)
      for (let i = 0; i < n; i++) {
        const o = ((p * h + q) * n + i) * d;
        const at = rowsP[perRow ? p : 0]![i]!;
        for (let e = 0; e < d; e++) {
          y[o + e] = x[o + e]!;
          dx[o + e] = g[o + e]!;
          tol[o + e] = 1e-38;
        }
        for (let k = 0; k < R / 2; k++) {
          const a = at * (base ?? 10000) ** ((-2 * k) / R);
          const cs = Math.cos(a);
          const sn = Math.sin(a);
          const [u, v] = style === 'half' ? [o + k, o + k + R / 2] : [o + 2 * k, o + 2 * k + 1];
          y[u] = x[u]! * cs - x[v]! * sn;
          y[v] = x[v]! * cs + x[u]! * sn;
          dx[u] = g[u]! * cs + g[v]! * sn;
          dx[v] = g[v]! * cs - g[u]! * sn;
          const t =
            (Math.abs(x[u]!) + Math.abs(x[v]!) + Math.abs(g[u]!) + Math.abs(g[v]!)) *
            (4e-7 + (device ? 3e-7 * at * (base ?? 10000) ** ((-2 * k) / R) + 1e-7 * at + 5e-7 : 0));
          tol[u] = t;
          tol[v] = t;
        }
      }
  const positions: Loose = device ? T(Int32Array.from(rowsP.flat()), perRow ? [b, n] : [n], 'int32') : perRow ? rowsP : rowsP[0];
  const o: Loose = { style, ...(base ? { base } : {}), ...(rotaryDim ? { rotaryDim } : {}) };
  c.close('rotary', await read(C.rotary(T(x, [b, h, n, d]), positions, o)), y, tol);
  const [gx] = tf.grads((z: tf.Tensor) => tf.sum(tf.mul(C.rotary(z, positions, o), T(g, [b, h, n, d]))) as tf.Scalar)([T(x, [b, h, n, d])]);
  c.close('rotary: dx', await read(gx!), dx, tol);
}

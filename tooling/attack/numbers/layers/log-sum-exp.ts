import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { EPS, read, size } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** log Σ exp, guarded, and its gradient. */
export async function logSumExp(c: Case): Promise<void> {
  const r = c.rng;
  const shape = Array.from({ length: r.int(1, 4) }, () => r.int(1, 9));
  const axis = r.int(-shape.length, shape.length - 1);
  const ax = axis < 0 ? axis + shape.length : axis;
  const x = r.normals(size(shape), r.pick([1, 30]));
  for (let i = 0; i < x.length; i++) if (r.chance(0.15)) x[i] = r.pick([-Infinity, -Infinity, -3.4028234663852886e38, Infinity, NaN]);
  const outer = size(shape.slice(0, ax));
  const n = shape[ax]!;
  const inner = size(shape.slice(ax + 1));
  const want = F(outer * inner);
  const tol = F(outer * inner);
  const g = r.normals(outer * inner);
  const dx = F(x.length);
  const dt = F(x.length);
  c.note({ shape, axis });
  let skip = false;
  for (let a = 0; a < outer; a++)
    for (let i = 0; i < inner; i++) {
      let m = -Infinity;
      let nan = false;
      for (let k = 0; k < n; k++) {
        const v = x[(a * n + k) * inner + i]!;
        if (Number.isNaN(v)) nan = true;
        m = Math.max(m, v);
      }
      const at = a * inner + i;
      if (nan || m === Infinity) {
        want[at] = nan ? NaN : Infinity;
        skip = true;
        for (let k = 0; k < n; k++) dx[(a * n + k) * inner + i] = NaN;
        continue;
      }
      if (m === -Infinity) {
        want[at] = -Infinity;
        continue;
      }
      let s = 0;
      for (let k = 0; k < n; k++) s += Math.exp(x[(a * n + k) * inner + i]! - m);
      want[at] = m + Math.log(s);
      tol[at] = EPS * 8 * (2 + Math.abs(want[at]!));
      for (let k = 0; k < n; k++) {
        const p = Math.exp(x[(a * n + k) * inner + i]! - m) / s;
        dx[(a * n + k) * inner + i] = p * g[at]!;
        // The difference to the largest is rounded before it is an exponent.
        const exponent = Math.min(200, m - x[(a * n + k) * inner + i]!);
        dt[(a * n + k) * inner + i] = EPS * 16 * (2 + Math.abs(m) + exponent) * Math.abs(g[at]!) * p + 1e-35;
      }
    }
  c.close('logSumExp', await read(C.logSumExp(T(x, shape), axis)), want, tol, skip ? 'medium' : 'high');
  const shape2 = shape.filter((_, i) => i !== ax);
  const [d] = tf.grads((z: tf.Tensor) => tf.sum(tf.mul(C.logSumExp(z, axis), T(g, shape2))) as tf.Scalar)([T(x, shape)]);
  const got = await read(d!);
  for (let i = 0; i < dx.length; i++) if (Number.isNaN(dx[i]!)) dx[i] = got[i]!;
  c.close('logSumExp: dx', got, dx, dt);
}

import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { EPS, read, size } from '../tensors.ts';
import { F, shapeWith, T } from './arrays.ts';

/** Layer norm (arXiv 1607.06450) and RMS norm (arXiv 1910.07467), also of rows of one value and far from 0. */
export async function norms(c: Case): Promise<void> {
  const r = c.rng;
  const n = r.pick([1, 2, 3, 4, 5, 8, 16, 17, 33, 64, 100, 257]);
  const shape = shapeWith(r, n);
  const rows = size(shape) / n;
  const rms = r.chance(0.4);
  const eps = r.pick([0, 1e-12, 1e-6, 1e-5, 1e-3]);
  const mg = r.pick([1e-6, 0.01, 1, 1, 1e4, 1e9]);
  const offset = rms ? 0 : r.pick([0, 0, 1, 100, 3e4]) * mg;
  const x = r.normals(size(shape), mg);
  for (let i = 0; i < x.length; i++) x[i] = Math.fround(x[i]! + offset);
  const constant = r.chance(0.2);
  if (constant) x.fill(rms ? 0 : x[0]!, 0, n);
  const hasW = r.chance(0.7);
  const hasB = !rms && hasW && r.chance(0.8);
  const w = r.normals(n);
  const b = r.normals(n);
  const g = r.normals(x.length);
  c.note({ rms, shape, eps, mg, offset, hasW, hasB, constant });
  const y = F(x.length);
  const t = F(x.length);
  const dx = F(x.length);
  const dxt = F(x.length);
  const dw = F(n);
  const dwt = F(n);
  const db = F(n);
  const dbt = F(n);
  for (let i = 0; i < rows; i++) {
    let mean = 0;
    let most = 0;
    for (let d = 0; d < n; d++) {
      mean += x[i * n + d]!;
      most = Math.max(most, Math.abs(x[i * n + d]!));
    }
    mean = rms ? 0 : mean / n;
    let v = 0;
    for (let d = 0; d < n; d++) v += (x[i * n + d]! - mean) ** 2;
    v /= n;
    const inv = v + eps === 0 || (v < 1e-36 && eps === 0) ? 0 : 1 / Math.sqrt(v + eps);
    const ec = (rms ? 0 : EPS * 4 * (most + Math.abs(mean))) * inv;
    const er = EPS * (8 + 2 * Math.sqrt(n)) + (rms ? 0 : ec); // relative error of the root: (mean's error)² over v, and sums
    let m1 = 0;
    let m2 = 0;
    let s1 = 0;
    let s2 = 0;
    for (let d = 0; d < n; d++) {
      const xh = (x[i * n + d]! - mean) * inv;
      const gw = g[i * n + d]! * (hasW ? w[d]! : 1);
      m1 += gw / n;
      m2 += (gw * xh) / n;
      s1 += Math.abs(gw) / n;
      s2 += Math.abs(gw * xh) / n;
    }
    for (let d = 0; d < n; d++) {
      const at = i * n + d;
      const xh = (x[at]! - mean) * inv;
      const exh = ec + Math.abs(xh) * er;
      const ww = hasW ? w[d]! : 1;
      y[at] = xh * ww + (hasB ? b[d]! : 0);
      t[at] = exh * Math.abs(ww) * 2 + EPS * 4 * Math.abs(y[at]!) + EPS * 2 * (hasB ? Math.abs(b[d]!) : 0) + 1e-38;
      const gw = g[at]! * ww;
      dx[at] = inv * (gw - (rms ? 0 : m1) - xh * m2);
      dxt[at] =
        2 * inv * (er + EPS * 8) * (Math.abs(gw) + s1 + Math.abs(xh) * s2) +
        2 * inv * (exh * s2 + ec * Math.abs(xh) * s1 + ec * s1) +
        1e-38;
      dw[d]! += g[at]! * xh;
      dwt[d]! += Math.abs(g[at]!) * (exh * 2 + EPS * (4 + 2 * Math.sqrt(rows)) * Math.abs(xh));
      db[d]! += g[at]!;
      dbt[d]! += Math.abs(g[at]!) * EPS * (4 + 2 * Math.sqrt(rows));
    }
    if (v + eps === 0) for (let d = 0; d < n; d++) dx[i * n + d] = 0;
  }
  const X = T(x, shape);
  const W = T(w, [n]);
  const B = T(b, [n]);
  const G = T(g, shape);
  const run = (x2: tf.Tensor, w2: tf.Tensor, b2: tf.Tensor) =>
    rms ? C.applyRmsNorm(x2, hasW ? w2 : undefined, eps) : C.applyLayerNorm(x2, hasW ? w2 : undefined, hasB ? b2 : undefined, eps);
  const name = rms ? 'applyRmsNorm' : 'applyLayerNorm';
  c.close(name, await read(run(X, W, B)), y, t);
  const args = [X, ...(hasW ? [W] : []), ...(hasB ? [B] : [])];
  const gs = tf.grads((...ts: tf.Tensor[]) => tf.sum(tf.mul(run(ts[0]!, hasW ? ts[1]! : W, hasB ? ts[2]! : B), G)) as tf.Scalar)(args);
  c.close(`${name}: dx`, await read(gs[0]!), dx, dxt);
  if (hasW) c.close(`${name}: dweight`, await read(gs[1]!), dw, dwt);
  if (hasB) c.close(`${name}: dbias`, await read(gs[2]!), db, dbt);
}

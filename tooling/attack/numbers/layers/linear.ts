import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { EPS, read, size } from '../tensors.ts';
import { F, shapeWith, T } from './arrays.ts';
import { matmul } from './mat-mul.ts';
import { half, int8Checked, rowsRounded, sumOf } from './packed.ts';

/** applyLinear with plain, float16 and int8 weights, forward and backward. */
export async function linear(c: Case): Promise<void> {
  const r = c.rng;
  const inn = r.pick([1, 2, 3, 5, 8, 16, 17, 31, 64, 65, 130]);
  const out = r.pick([1, 2, 3, 4, 7, 8, 16, 33, 64, 100]);
  const shape = shapeWith(r, inn);
  const rows = size(shape) / inn;
  const withBias = r.chance(0.6);
  const x = r.normals(size(shape), r.pick([0.01, 1, 100]));
  const w = r.normals(out * inn, r.pick([0.1, 1]));
  const b = r.normals(out);
  if (r.chance(0.15)) w.fill(0, 0, inn);
  if (r.chance(0.1)) w[0] = r.pick([1e5, 70000, 65519, 65520, 1e-8, 6e-8, 5.96e-8, -65504]);
  const kind = r.pick(['plain', 'plain', 'float16', 'int8'] as const);
  c.note({ kind, shape, out, withBias });
  const X = T(x, shape);
  const W = T(w, [out, inn]);
  const B = withBias ? T(b, [out]) : undefined;
  const g = r.normals(rows * out);
  const G = T(g, [...shape.slice(0, -1), out]);
  let eff: Float32Array | Float64Array = w;
  let weight: Loose = W;
  if (kind !== 'plain') {
    weight = await C.packWeight(W, kind);
    if (kind === 'float16') eff = Float32Array.from(w, half);
    if (kind === 'float16') c.close(`unpackWeight ${kind}`, await read(await C.unpackWeight(weight)), eff, 0);
    else eff = await int8Checked(c, w, out, inn, weight);
    if (![...eff].every(Number.isFinite)) return;
  }
  const want = matmul(x, rows, inn, eff, out, withBias ? b : undefined);
  const rounded = kind === 'int8' ? sumOf(want.t, rowsRounded(c, x, rows, inn, eff, out)) : want.t;
  c.close(`applyLinear ${kind}`, await read(C.applyLinear(X, weight, B)), want.y, rounded);
  const f = (...ts: tf.Tensor[]) =>
    tf.sum(tf.mul(C.applyLinear(ts[0]!, kind === 'plain' ? (ts[1] as Loose) : weight, withBias ? ts.at(-1)! : undefined), G)) as tf.Scalar;
  const args = [X, ...(kind === 'plain' ? [W] : []), ...(B ? [B] : [])];
  const gs = tf.grads(f)(args);
  const wt = new Float64Array(inn * out);
  for (let o = 0; o < out; o++) for (let d = 0; d < inn; d++) wt[d * out + o] = eff[o * inn + d]!;
  const dx = matmul(g, rows, out, wt, inn);
  c.close(`applyLinear ${kind}: dx`, await read(gs[0]!), dx.y, dx.t);
  if (kind === 'plain') {
    const gt = F(out * rows);
    const xt = F(inn * rows);
    for (let i = 0; i < rows; i++) {
      for (let o = 0; o < out; o++) gt[o * rows + i] = g[i * out + o]!;
      for (let d = 0; d < inn; d++) xt[d * rows + i] = x[i * inn + d]!;
    }
    const dw = matmul(gt, out, rows, xt, inn);
    c.close('applyLinear: dweight', await read(gs[1]!), dw.y, dw.t);
  }
  if (B) {
    const db = F(out);
    const t = F(out);
    for (let i = 0; i < rows; i++)
      for (let o = 0; o < out; o++) {
        db[o]! += g[i * out + o]!;
        t[o]! += EPS * (4 + Math.sqrt(rows)) * Math.abs(g[i * out + o]!);
      }
    c.close(`applyLinear ${kind}: dbias`, await read(gs.at(-1)!), db, t);
  }
}

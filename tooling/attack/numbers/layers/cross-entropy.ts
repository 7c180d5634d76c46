import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { EPS, read, size } from '../tensors.ts';
import { F, T } from './arrays.ts';
import { matmul } from './mat-mul.ts';

/** Cross-entropy as torch computes it: ignored rows, smoothing (arXiv 1512.00567 §7), class weights; whole, and from hidden states. */
export async function crossEntropy(c: Case): Promise<void> {
  const r = c.rng;
  const K = r.pick([1, 2, 3, 5, 17, 33, 100, 300]);
  const rank = r.int(1, 3);
  const lead = Array.from({ length: rank }, () => r.int(1, rank > 1 ? 6 : 30));
  const rows = size(lead);
  const mg = r.pick([1, 1, 10, 1e4]);
  const off = r.pick([0, 0, 1e3, -1e5]);
  const reduction = r.pick(['mean', 'sum', 'none', undefined] as const);
  const ignoreIndex = r.pick([undefined, undefined, -1, 0, K + 3]);
  const smoothing = r.pick([0, 0, 0.1, 0.5, 1]);
  const weighted = r.chance(0.3);
  const linearForm = r.chance(0.4);
  const width = r.int(1, 12);
  const cw = Float32Array.from({ length: K }, () => (r.chance(0.15) ? 0 : Math.abs(r.normal()) + 0.05));
  const x = r.normals(rows * width);
  const wt = r.normals(K * width);
  const bb = r.normals(K);
  let z: Float64Array;
  const zt = F(rows * K);
  const logits = r.normals(rows * K, mg);
  for (let i = 0; i < logits.length; i++) logits[i] = Math.fround(logits[i]! + off);
  const targets = new Int32Array(rows);
  const ign = ignoreIndex ?? -100;
  for (let i = 0; i < rows; i++) targets[i] = r.chance(0.2) ? ign : r.int(0, K - 1);
  const minus = !linearForm && smoothing === 0 && r.chance(0.3);
  if (minus)
    for (let i = 0; i < rows; i++) for (let k = 0; k < K; k++) if (k !== targets[i] && r.chance(0.3)) logits[i * K + k] = -Infinity;
  const ignoredNaN = !linearForm && r.chance(0.2);
  if (ignoredNaN)
    for (let i = 0; i < rows; i++) if (targets[i] === ign) logits[i * K + r.int(0, K - 1)] = r.pick([NaN, Infinity, -Infinity]);
  const invalid = r.chance(0.08);
  if (invalid) targets[0] = K + 7 === ign ? K + 8 : r.pick([K, K + 7, -5]);
  if (invalid && targets[0] === ign) return;
  c.note({ K, lead, mg, off, reduction, ignoreIndex, smoothing, weighted, linearForm, minus, ignoredNaN, invalid });
  if (linearForm) {
    const m = matmul(x, rows, width, wt, K, bb);
    z = m.y;
    zt.set(m.t);
  } else {
    z = Float64Array.from(logits);
    for (let i = 0; i < zt.length; i++) zt[i] = 0;
  }
  const loss = F(rows);
  const lt = F(rows);
  const dz = F(rows * K);
  const dzt = F(rows * K);
  let total = 0;
  let tt = 0;
  const size2 = F(rows);
  const up = r.normals(rows);
  let denominator = 0;
  for (let i = 0; i < rows; i++)
    if (targets[i] !== ign) denominator += weighted ? (targets[i]! < 0 || targets[i]! >= K ? NaN : cw[targets[i]!]!) : 1;
  const red = reduction ?? 'mean';
  for (let i = 0; i < rows; i++) {
    const y = targets[i]!;
    if (y === ign) continue;
    const wgt = weighted ? (y < 0 || y >= K ? NaN : cw[y]!) : 1;
    let m = -Infinity;
    for (let k = 0; k < K; k++) m = Math.max(m, z[i * K + k]!);
    let s = 0;
    for (let k = 0; k < K; k++) s += Math.exp(z[i * K + k]! - m);
    const lse = m + Math.log(s);
    let l = (1 - smoothing) * wgt * (lse - (y < 0 || y >= K ? NaN : z[i * K + y]!));
    let mean = 0;
    let wsum = 0;
    if (smoothing > 0) {
      for (let k = 0; k < K; k++) {
        const wk = weighted ? cw[k]! : 1;
        wsum += wk / K;
        mean += (wk * (lse - z[i * K + k]!)) / K;
      }
      l += smoothing * mean;
    }
    if (1 - smoothing === 0 && Number.isNaN(wgt)) l = NaN;
    const wt2 = wgt * (1 - smoothing) + smoothing * wsum;
    let ez = 0;
    let sz = Math.abs(lse);
    for (let k = 0; k < K; k++)
      if (Number.isFinite(z[i * K + k]!)) {
        ez = Math.max(ez, zt[i * K + k]!);
        sz = Math.max(sz, Math.abs(z[i * K + k]!));
      }
    loss[i] = l;
    lt[i] =
      EPS * (8 + Math.sqrt(K)) * Math.abs(l) +
      2 *
        wt2 *
        (2 * ez +
          EPS * (8 + Math.sqrt(K)) +
          EPS * 4 * Math.max(Math.abs(lse), Math.abs(y < 0 || y >= K ? 0 : z[i * K + y]!), smoothing > 0 ? sz : 0));
    total += loss[i]!;
    tt += lt[i]! + EPS * Math.sqrt(rows) * Math.abs(loss[i]!);
    size2[i] = sz;
    const cot = red === 'none' ? up[i]! : red === 'sum' ? 1 : 1 / denominator;
    for (let k = 0; k < K; k++) {
      const p = Math.exp(z[i * K + k]! - lse);
      const wk = weighted ? cw[k]! : 1;
      dz[i * K + k] = cot * (p * wt2 - (k === y ? (1 - smoothing) * wgt : 0) - (smoothing * wk) / K);
      dzt[i * K + k] =
        Math.abs(cot) *
          (wt2 + wk + wgt) *
          (p * (4 * ez + EPS * (16 + 2 * Math.sqrt(K) + 4 * Math.abs(lse))) + EPS * 8 * ((k === y ? 1 : 0) + smoothing / K)) +
        (red === 'mean' && weighted ? EPS * Math.sqrt(rows) * Math.abs(dz[i * K + k]!) : 0) + // of the sum of weights
        1e-28 * (1 + Math.abs(cot));
    }
  }
  const TT = T(targets, lead, 'int32');
  const o: Loose = {
    ...(reduction ? { reduction } : {}),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
    ...(smoothing > 0 || r.chance() ? { labelSmoothing: smoothing } : {}),
    ...(weighted ? { classWeights: T(cw, [K]) } : {}),
  };
  const value = red === 'none' ? loss : red === 'sum' ? [total] : [total / denominator];
  const vt = red === 'none' ? lt : red === 'sum' ? [tt + 1e-30] : [tt / denominator + EPS * 4 * Math.abs(total / denominator)];
  if (red !== 'none' && [...loss].every((v) => v === 0) && denominator === 0 && red === 'sum') value[0] = 0;
  if (linearForm) {
    const chunkLength = r.chance(0.7) ? r.int(1, rows + 1) : undefined;
    c.note({ chunkLength, width });
    if (chunkLength) o.chunkLength = chunkLength;
    const hasB = r.chance(0.7);
    if (!hasB) return;
    const X = T(x, [...lead, width]);
    const W = T(wt, [K, width]);
    const B = T(bb, [K]);
    const run = (x2: tf.Tensor, w2: tf.Tensor, b2: tf.Tensor) => C.linearCrossEntropy({ hidden: x2, weight: w2, bias: b2, targets: TT }, o);
    c.close('linearCrossEntropy', await read(run(X, W, B)), value, vt);
    if (invalid || (red === 'mean' && denominator === 0)) return;
    const gs = tf.grads(
      (x2: tf.Tensor, w2: tf.Tensor, b2: tf.Tensor) =>
        (red === 'none' ? tf.sum(tf.mul(run(x2, w2, b2), T(up, lead))) : run(x2, w2, b2)) as tf.Scalar,
    )([X, W, B]);
    const dxw = F(rows * width);
    const dxt = F(rows * width);
    const dww = F(K * width);
    const dwt = F(K * width);
    const dbw = F(K);
    const dbt = F(K);
    const e = EPS * (8 + 2 * Math.sqrt(K) + 2 * Math.sqrt(rows));
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < K; k++) {
        const d = dz[i * K + k]!;
        const t = dzt[i * K + k]! + e * Math.abs(d);
        dbw[k]! += d;
        dbt[k]! += t;
        for (let q = 0; q < width; q++) {
          dxw[i * width + q]! += d * wt[k * width + q]!;
          dxt[i * width + q]! += t * Math.abs(wt[k * width + q]!);
          dww[k * width + q]! += d * x[i * width + q]!;
          dwt[k * width + q]! += t * Math.abs(x[i * width + q]!);
        }
      }
    c.close('linearCrossEntropy: dhidden', await read(gs[0]!), dxw, dxt);
    c.close('linearCrossEntropy: dweight', await read(gs[1]!), dww, dwt);
    c.close('linearCrossEntropy: dbias', await read(gs[2]!), dbw, dbt);
    return;
  }
  const L = T(logits, [...lead, K]);
  const run = (l2: tf.Tensor) => C.crossEntropy(l2, TT, o);
  c.close('crossEntropy', await read(run(L)), value, vt);
  if (invalid || (red === 'mean' && denominator === 0)) return;
  const [g] = tf.grads((l2: tf.Tensor) => (red === 'none' ? tf.sum(tf.mul(run(l2), T(up, lead))) : run(l2)) as tf.Scalar)([L]);
  c.close(
    `crossEntropy: dlogits${ignoredNaN ? (weighted && smoothing > 0 ? ' (ignored rows not finite, class weights and smoothing)' : ' (ignored rows not finite)') : ''}`,
    await read(g!),
    dz,
    dzt,
    ignoredNaN ? 'medium' : 'high',
  );
}

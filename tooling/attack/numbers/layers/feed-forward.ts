import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { EPS, read, size } from '../tensors.ts';
import { act, slope } from './activations.ts';
import { F, shapeWith, T } from './arrays.ts';
import { matmul } from './mat-mul.ts';
import { half, rowsRounded, sumOf } from './packed.ts';

/** Feed-forward layers, plain and gated (arXiv 2002.05202), whole and in chunks. */
export async function feedForward(c: Case): Promise<void> {
  const r = c.rng;
  const width = r.pick([1, 2, 3, 7, 8, 16, 33]);
  const inner = r.pick([1, 2, 4, 5, 16, 31, 64]);
  const shape = shapeWith(r, width);
  const rows = size(shape) / width;
  if (rows * width * inner > 40000) return;
  const gated = r.chance(0.4);
  const kind = r.pick(gated ? (['gelu', 'geluTanh', 'relu', 'silu'] as const) : (['gelu', 'geluTanh', 'relu'] as const));
  const chunkLength = r.chance(0.5) ? r.int(1, rows + 2) : undefined;
  const bias = gated ? r.chance() : true;
  const both = gated && r.chance();
  const mg = r.pick([0.3, 1, 5]);
  const x = r.normals(size(shape), mg);
  const wi = r.normals(inner * width);
  const bi = r.normals(inner);
  const wo = r.normals(width * inner);
  const bo = r.normals(width);
  const wg = r.normals(inner * width);
  const bg = r.normals(inner);
  if (!bias) {
    bi.fill(0);
    bo.fill(0);
    bg.fill(0);
  }
  const packs = !gated && r.chance(0.2) ? r.pick(['float16', 'int8'] as const) : undefined;
  c.note({ gated, kind, chunkLength, bias, both, shape, inner, packs, mg });
  const g = r.normals(size(shape));
  const G = T(g, shape);
  const ewi =
    packs === 'float16'
      ? Float32Array.from(wi, half)
      : packs === 'int8'
        ? await read(await C.unpackWeight(await C.packWeight(T(wi, [inner, width]), 'int8')))
        : wi;
  const ewo =
    packs === 'float16'
      ? Float32Array.from(wo, half)
      : packs === 'int8'
        ? await read(await C.unpackWeight(await C.packWeight(T(wo, [width, inner]), 'int8')))
        : wo;
  const a = matmul(x, rows, width, ewi, inner, bi);
  if (packs === 'int8') a.t = sumOf(a.t, rowsRounded(c, x, rows, width, ewi, inner));
  const ga = gated ? matmul(x, rows, width, wg, inner, bg) : undefined;
  const h = F(rows * inner);
  const ht = F(rows * inner);
  for (let i = 0; i < h.length; i++) {
    const p = gated ? ga!.y[i]! : a.y[i]!;
    const pt = gated ? ga!.t[i]! : a.t[i]!;
    const v = act(kind, p);
    const vt = 1.2 * pt + 2e-7 * Math.abs(p) + 4e-7 * Math.min(1, Math.abs(p)) + EPS * 4 * Math.abs(v);
    if (gated) {
      h[i] = v * a.y[i]!;
      ht[i] = vt * Math.abs(a.y[i]!) + Math.abs(v) * (a.t[i]! + EPS * Math.abs(a.y[i]!));
    } else {
      h[i] = v;
      ht[i] = vt;
    }
  }
  const y = F(rows * width);
  const yt = F(rows * width);
  for (let i = 0; i < rows; i++)
    for (let o = 0; o < width; o++) {
      let s = bo[o]!;
      let t = EPS * 4 * Math.abs(s);
      for (let d = 0; d < inner; d++) {
        s += h[i * inner + d]! * ewo[o * inner + d]!;
        t += Math.abs(ewo[o * inner + d]!) * (ht[i * inner + d]! + EPS * (4 + 2 * Math.sqrt(inner)) * Math.abs(h[i * inner + d]!));
      }
      y[i * width + o] = s;
      yt[i * width + o] = t;
    }
  if (packs === 'int8') yt.set(sumOf(yt, rowsRounded(c, h, rows, inner, ewo, width)));
  // backward
  const dx = F(x.length);
  const dxt = F(x.length);
  const dwi = F(wi.length);
  const dwit = F(wi.length);
  const dwo = F(wo.length);
  const dwot = F(wo.length);
  const dbi = F(inner);
  const dbit = F(inner);
  const dwg = F(wg.length);
  const dwgt = F(wg.length);
  const e = EPS * (12 + 3 * Math.sqrt(rows) + 2 * Math.sqrt(width) + 2 * Math.sqrt(inner));
  for (let i = 0; i < rows; i++)
    for (let d = 0; d < inner; d++) {
      let dh = 0;
      let dhs = 0;
      for (let o = 0; o < width; o++) {
        const m = g[i * width + o]! * ewo[o * inner + d]!;
        dh += m;
        dhs += Math.abs(m);
        const m2 = g[i * width + o]! * h[i * inner + d]!;
        dwo[o * inner + d]! += m2;
        dwot[o * inner + d]! += Math.abs(g[i * width + o]!) * (ht[i * inner + d]! + e * Math.abs(h[i * inner + d]!));
      }
      const at = i * inner + d;
      const p = gated ? ga!.y[at]! : a.y[at]!;
      const pt = gated ? ga!.t[at]! : a.t[at]!;
      const sl = slope(kind, p);
      let slt = 1.3 * pt + 6e-7 + EPS * 4 * Math.abs(p);
      if (kind === 'relu') slt = Math.abs(p) <= pt * 2 ? 1 : 0;
      const dp = gated ? dh * a.y[at]! * sl : dh * sl;
      const dpt = gated
        ? dhs * (Math.abs(a.y[at]!) * (slt + e * Math.abs(sl)) + a.t[at]! * Math.abs(sl))
        : dhs * (slt + e * (1 + Math.abs(sl)));
      const da = gated ? dh * act(kind, p) : 0;
      const dat = gated ? dhs * (1.2 * pt + 6e-7 * (1 + Math.abs(p)) + e * Math.abs(act(kind, p))) : 0;
      const [wa, dwa, dwat] = gated ? [wg, dwg, dwgt] : [ewi, dwi, dwit];
      for (let q = 0; q < width; q++) {
        const xv = x[i * width + q]!;
        dx[i * width + q]! += dp * wa[d * width + q]! + (gated ? da * wi[d * width + q]! : 0);
        dxt[i * width + q]! +=
          (dpt + e * Math.abs(dp)) * Math.abs(wa[d * width + q]!) + (gated ? (dat + e * Math.abs(da)) * Math.abs(wi[d * width + q]!) : 0);
        dwa[d * width + q]! += dp * xv;
        dwat[d * width + q]! += (dpt + e * Math.abs(dp)) * Math.abs(xv);
        if (gated) {
          dwi[d * width + q]! += da * xv;
          dwit[d * width + q]! += (dat + e * Math.abs(da)) * Math.abs(xv);
        }
      }
      if (!gated) {
        dbi[d]! += dp;
        dbit[d]! += dpt + e * Math.abs(dp);
      }
    }
  if (!gated) {
    const X = T(x, shape);
    let iw: Loose = T(wi, [inner, width]);
    let ow: Loose = T(wo, [width, inner]);
    if (packs) {
      iw = await C.packWeight(iw, packs);
      ow = await C.packWeight(ow, packs);
    }
    const IB = T(bi, [inner]);
    const OB = T(bo, [width]);
    const o: Loose = { activation: kind, ...(chunkLength ? { chunkLength } : {}) };
    c.close(
      'applyFeedForward',
      await read(C.applyFeedForward(X, { innerWeight: iw, innerBias: IB, outerWeight: ow, outerBias: OB }, o)),
      y,
      yt,
    );
    const gs = packs
      ? tf.grads(
          (x2: tf.Tensor, b2: tf.Tensor) =>
            tf.sum(tf.mul(C.applyFeedForward(x2, { innerWeight: iw, innerBias: b2, outerWeight: ow, outerBias: OB }, o), G)) as tf.Scalar,
        )([X, IB])
      : tf.grads(
          (x2: tf.Tensor, b2: tf.Tensor, w2: tf.Tensor, w3: tf.Tensor) =>
            tf.sum(tf.mul(C.applyFeedForward(x2, { innerWeight: w2, innerBias: b2, outerWeight: w3, outerBias: OB }, o), G)) as tf.Scalar,
        )([X, IB, iw, ow]);
    c.close('applyFeedForward: dx', await read(gs[0]!), dx, dxt);
    c.close('applyFeedForward: dinnerBias', await read(gs[1]!), dbi, dbit);
    if (!packs) {
      c.close('applyFeedForward: dinnerWeight', await read(gs[2]!), dwi, dwit);
      c.close('applyFeedForward: douterWeight', await read(gs[3]!), dwo, dwot);
    }
  } else {
    const layer = C.gatedFeedForward({
      width,
      innerWidth: inner,
      activation: kind,
      bias,
      ...(both ? { names: { both: 'Wi', outer: 'outer' } } : {}),
    });
    const p: Record<string, tf.Tensor> = {};
    if (both) {
      // which half is the gate is not said: found by the spec's order of names, tried both ways below
      p['Wi.weight'] = tf.concat([T(wi, [inner, width]), T(wg, [inner, width])], 0);
      if (bias) p['Wi.bias'] = tf.concat([T(bi, [inner]), T(bg, [inner])], 0);
    } else {
      p['gate.weight'] = T(wg, [inner, width]);
      p['inner.weight'] = T(wi, [inner, width]);
      if (bias) {
        p['gate.bias'] = T(bg, [inner]);
        p['inner.bias'] = T(bi, [inner]);
      }
    }
    p['outer.weight'] = T(wo, [width, inner]);
    if (bias) p['outer.bias'] = T(bo, [width]);
    const names = Object.keys(layer.spec);
    for (const name of names)
      if (!p[name]) {
        c.report('unclear', 'gatedFeedForward: unexpected parameter', { name, names });
        return;
      }
    let got = await read(layer.apply(p, T(x, shape)));
    if (both) {
      const other = {
        ...p,
        'Wi.weight': tf.concat([T(wg, [inner, width]), T(wi, [inner, width])], 0) as tf.Tensor,
        ...(bias ? { 'Wi.bias': tf.concat([T(bg, [inner]), T(bi, [inner])], 0) as tf.Tensor } : {}),
      };
      const got2 = await read(layer.apply(other, T(x, shape)));
      const err = (z: Float32Array) => z.reduce((s2, v, i) => s2 + Math.abs(v - y[i]!), 0);
      if (err(got2) < err(got)) got = got2;
      c.close('gatedFeedForward both', got, y, yt);
      return;
    }
    c.close('gatedFeedForward', got, y, yt);
    const gs = tf.grads(
      (x2: tf.Tensor, w2: tf.Tensor, w3: tf.Tensor, w4: tf.Tensor) =>
        tf.sum(tf.mul(layer.apply({ ...p, 'gate.weight': w2, 'inner.weight': w3, 'outer.weight': w4 }, x2), G)) as tf.Scalar,
    )([T(x, shape), p['gate.weight']!, p['inner.weight']!, p['outer.weight']!]);
    c.close('gatedFeedForward: dx', await read(gs[0]!), dx, dxt);
    c.close('gatedFeedForward: dgate', await read(gs[1]!), dwg, dwgt);
    c.close('gatedFeedForward: dinner', await read(gs[2]!), dwi, dwit);
    c.close('gatedFeedForward: douter', await read(gs[3]!), dwo, dwot);
  }
}

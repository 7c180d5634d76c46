import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { EPS, read } from '../tensors.ts';
import { F, T } from './arrays.ts';
import { matmul } from './mat-mul.ts';
import { half, int8Checked, rowsRounded, sumOf } from './packed.ts';

/** applyHeadProjections: several projections of one input at once. */
export async function heads(c: Case): Promise<void> {
  const r = c.rng;
  const b = r.int(1, 3);
  const n = r.int(1, 20);
  const width = r.int(1, 40);
  const many = r.int(1, 3);
  const headDim = r.int(1, 17);
  const kind = r.pick(['plain', 'plain', 'float16', 'int8'] as const);
  const biases = r.pick(['all', 'none', 'some']);
  const hs = Array.from({ length: many }, () => r.int(1, 4));
  const x = r.normals(b * n * width);
  const ws = hs.map((h) => r.normals(h * headDim * width));
  const bs = hs.map((h, i) => (biases === 'all' || (biases === 'some' && i % 2 === 0) ? r.normals(h * headDim) : undefined));
  c.note({ b, n, width, hs, headDim, kind, biases });
  const X = T(x, [b, n, width]);
  const Ws = ws.map((w, i) => T(w, [hs[i]! * headDim, width]));
  const Bs = bs.map((v) => v && T(v, [v.length]));
  const packed: Loose[] = [];
  for (const W of Ws) packed.push(kind === 'plain' ? W : await C.packWeight(W, kind));
  const effs: Float32Array[] = [];
  for (let i = 0; i < many; i++)
    effs.push(
      kind === 'plain'
        ? ws[i]!
        : kind === 'float16'
          ? Float32Array.from(ws[i]!, half)
          : await int8Checked(c, ws[i]!, hs[i]! * headDim, width, packed[i]),
    );
  const gs = hs.map((h) => r.normals(b * n * h * headDim));
  const Gs = gs.map((g, i) => T(g, [b, hs[i]!, n, headDim]));
  const run = (x2: tf.Tensor, w2: Loose[], b2: (tf.Tensor | undefined)[]) =>
    C.applyHeadProjections(
      x2,
      w2.map((weight, i) => ({ weight, heads: hs[i]!, ...(b2[i] ? { bias: b2[i]! } : {}) })),
    );
  const ys = run(X, packed, Bs);
  const dxw = F(x.length);
  const dxt = F(x.length);
  for (let i = 0; i < many; i++) {
    const out = hs[i]! * headDim;
    const { y, t: plain } = matmul(x, b * n, width, effs[i]!, out, bs[i]);
    const t = kind === 'int8' ? sumOf(plain, rowsRounded(c, x, b * n, width, effs[i]!, out)) : plain;
    const w = F(y.length);
    const tt = F(y.length);
    for (let p = 0; p < b; p++)
      for (let a = 0; a < n; a++)
        for (let o = 0; o < out; o++) {
          const to = ((p * hs[i]! + Math.floor(o / headDim)) * n + a) * headDim + (o % headDim);
          w[to] = y[(p * n + a) * out + o]!;
          tt[to] = t[(p * n + a) * out + o]!;
          for (let d = 0; d < width; d++) {
            const m = gs[i]![to]! * effs[i]![o * width + d]!;
            dxw[(p * n + a) * width + d]! += m;
            dxt[(p * n + a) * width + d]! += Math.abs(m) * EPS * (8 + 2 * Math.sqrt(out * many));
          }
        }
    c.close('applyHeadProjections', await read(ys[i]!), w, tt);
  }
  const args = [X, ...(kind === 'plain' ? Ws : []), ...(Bs.filter((v) => v) as tf.Tensor[])];
  const grads = tf.grads((...ts: tf.Tensor[]) => {
    const w2 = kind === 'plain' ? ts.slice(1, 1 + many) : packed;
    let at = kind === 'plain' ? 1 + many : 1;
    const b2 = Bs.map((v) => (v ? ts[at++] : undefined));
    return tf.addN(run(ts[0]!, w2, b2).map((y, i) => tf.sum(tf.mul(y, Gs[i]!)))) as tf.Scalar;
  })(args);
  c.close('applyHeadProjections: dx', await read(grads[0]!), dxw, dxt);
  let at = 1;
  if (kind === 'plain')
    for (let i = 0; i < many; i++) {
      const out = hs[i]! * headDim;
      const w = F(out * width);
      const t = F(out * width);
      for (let p = 0; p < b; p++)
        for (let a = 0; a < n; a++)
          for (let o = 0; o < out; o++)
            for (let d = 0; d < width; d++) {
              const m = gs[i]![((p * hs[i]! + Math.floor(o / headDim)) * n + a) * headDim + (o % headDim)]! * x[(p * n + a) * width + d]!;
              w[o * width + d]! += m;
              t[o * width + d]! += Math.abs(m) * EPS * (8 + 2 * Math.sqrt(b * n));
            }
      c.close('applyHeadProjections: dweight', await read(grads[at++]!), w, t);
    }
  for (let i = 0; i < many; i++)
    if (bs[i]) {
      const out = hs[i]! * headDim;
      const w = F(out);
      const t = F(out);
      for (let p = 0; p < b; p++)
        for (let a = 0; a < n; a++)
          for (let o = 0; o < out; o++) {
            const m = gs[i]![((p * hs[i]! + Math.floor(o / headDim)) * n + a) * headDim + (o % headDim)]!;
            w[o]! += m;
            t[o]! += Math.abs(m) * EPS * (8 + 2 * Math.sqrt(b * n));
          }
      c.close('applyHeadProjections: dbias', await read(grads[at++]!), w, t);
    }
}

import { mergeAttention } from '@longspan/attention-sparse';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { EPS, read } from '../tensors.ts';

/** mergeAttention (online softmax, arXiv 1805.02867 §3.1) and its gradients, with sides that saw no key. */
export async function mergeCase(c: Case): Promise<void> {
  const r = c.rng;
  const B = r.int(1, 2);
  const H = r.int(1, 3);
  const NQ = r.int(1, 12);
  const DV = r.int(1, 9);
  const far = r.pick([0, 0, 100, -1e4]);
  const side = () => ({
    o: r.normals(B * H * NQ * DV),
    l: Float32Array.from({ length: B * H * NQ }, () => (r.chance(0.2) ? -Infinity : Math.fround(r.normal() * 5 + far))),
  });
  const a = side();
  const b = side();
  for (const s of [a, b]) for (let x = 0; x < s.l.length; x++) if (s.l[x] === -Infinity) s.o.fill(0, x * DV, (x + 1) * DV);
  c.note({ B, H, NQ, DV, far, la: a.l, lb: b.l });
  const w = r.normals(a.o.length);
  const u = r.normals(a.l.length);
  const T = (s: typeof a) => [tf.tensor4d(s.o, [B, H, NQ, DV]), tf.tensor3d(s.l, [B, H, NQ])] as const;
  const [ao, al] = T(a);
  const [bo, bl] = T(b);
  const y = mergeAttention({ out: ao, logSumExp: al }, { out: bo, logSumExp: bl });
  const n = a.l.length;
  const wantL = new Float64Array(n);
  const wantO = new Float64Array(n * DV);
  const tol = new Float64Array(n);
  const tolO = new Float64Array(n * DV);
  const dao = new Float64Array(n * DV);
  const dal = new Float64Array(n);
  const tal = new Float64Array(n);
  const tao = new Float64Array(n * DV);
  const finite = new Uint8Array(n);
  for (let x = 0; x < n; x++) {
    const m = Math.max(a.l[x]!, b.l[x]!);
    if (m === -Infinity) {
      wantL[x] = -Infinity;
      continue;
    }
    finite[x] = 1;
    const ea = Math.exp(a.l[x]! - m);
    const eb = Math.exp(b.l[x]! - m);
    const z = ea + eb;
    wantL[x] = m + Math.log(z);
    tol[x] = 16 * EPS * (1 + Math.abs(wantL[x]!));
    const pa = ea / z;
    let g = 0;
    let gs = 0;
    const e = 16 * EPS * (2 + Math.abs(m));
    for (let d = 0; d < DV; d++) {
      const at = x * DV + d;
      wantO[at] = pa * a.o[at]! + (1 - pa) * b.o[at]!;
      tolO[at] = e * (Math.abs(a.o[at]!) + Math.abs(b.o[at]!));
      dao[at] = pa * w[at]!;
      tao[at] = e * Math.abs(w[at]!);
      g += w[at]! * (a.o[at]! - b.o[at]!);
      gs += Math.abs(w[at]!) * (Math.abs(a.o[at]!) + Math.abs(b.o[at]!));
    }
    dal[x] = pa * (1 - pa) * g + pa * u[x]!;
    tal[x] = e * (gs + Math.abs(u[x]!));
  }
  c.close('mergeAttention: out', await read(y.out), wantO, tolO);
  c.close('mergeAttention: logSumExp', await read(y.logSumExp), wantL, tol);
  const W = tf.tensor4d(w, [B, H, NQ, DV]);
  const U = tf.tensor3d(
    Float32Array.from(u, (x, at) => (finite[at] ? x : 0)),
    [B, H, NQ],
  );
  const gs = tf.grads((o1: tf.Tensor, l1: tf.Tensor) => {
    const z = mergeAttention({ out: o1, logSumExp: l1 }, { out: bo, logSumExp: bl });
    return tf.add(
      tf.sum(tf.mul(z.out, W)),
      tf.sum(tf.mul(tf.where(tf.tensor(finite, [B, H, NQ], 'bool'), z.logSumExp, tf.zeros([B, H, NQ])), U)),
    ) as tf.Scalar;
  })([ao, al]);
  c.close('mergeAttention: d out', await read(gs[0]!), dao, tao);
  c.close('mergeAttention: d logSumExp', await read(gs[1]!), dal, tal);
}

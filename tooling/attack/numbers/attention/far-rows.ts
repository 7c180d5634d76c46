import { denseAttention, sparseAttention } from '@longspan/attention-sparse';
import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { draw } from './draw.ts';

/** A constant far away added to whole rows: sums of weights stay 1, gradients of a row's scores sum to the cotangent of its log-sum-exp. */
export async function farRows(c: Case): Promise<void> {
  const r = c.rng;
  const d = draw(c, { terms: false, selected: false });
  const { call } = d;
  const { B, H, HK, NQ, NK, D, DV } = call;
  const far = r.pick([-1e9, 1e9, -1e5, 1e7, -3e4, 1e30, -1e30]);
  c.note({ far });
  const bias = new Float32Array(NQ * NK);
  for (let i = 0; i < NQ; i++) bias.fill(r.chance(0.7) ? far : 0, i * NK, (i + 1) * NK);
  for (let a = 0; a < call.v.length; a += DV) call.v[a] = 1;
  const q = tf.tensor4d(call.q, [B, H, NQ, D]);
  const k = tf.tensor4d(call.k, [B, HK, NK, D]);
  const v = tf.tensor4d(call.v, [B, HK, NK, DV]);
  const t = tf.tensor4d(bias, [1, 1, NQ, NK]);
  const run = (q2: tf.Tensor, b2: tf.Tensor) => {
    const o = d.options(new Map());
    o.score = [C.bias(b2)];
    return d.target === 'dense'
      ? denseAttention(q2, k, v, o)
      : d.target === 'block'
        ? C.blockSparseAttention(q2, k, v, o)
        : sparseAttention(q2, k, v, o);
  };
  const y = run(q, t);
  const got = await read(y.out);
  const lse = await read(y.logSumExp);
  const some = new Uint8Array(B * H * NQ);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let i = 0; i < NQ; i++) for (let j = 0; j < NK; j++) if (call.visible(b, h, i, j)) some[(b * H + h) * NQ + i] = 1;
  const first = Float64Array.from(some, (_x, row) => got[row * DV]!);
  c.close(`${d.target}: far rows: weights sum to 1`, first, Float64Array.from(some), 1e-5);
  for (let row = 0; row < some.length; row++)
    if ((lse[row] === -Infinity) !== (some[row] === 0)) {
      c.report('high', `${d.target}: far rows: logSumExp`, { expected: some[row] ? 'finite' : '-Infinity', got: String(lse[row]) });
      break;
    }
  const w = tf.tensor4d(call.w!, [B, H, NQ, DV]);
  const u = tf.tensor3d(call.u!, [B, H, NQ]);
  const [, db] = tf.grads((q2: tf.Tensor, b2: tf.Tensor) => {
    const z = run(q2, b2);
    return tf.add(
      tf.sum(tf.mul(z.out, w)),
      tf.sum(
        tf.where(
          tf.tensor(
            some.map((x) => x),
            [B, H, NQ],
            'bool',
          ),
          tf.mul(z.logSumExp, u),
          tf.zeros([B, H, NQ]),
        ),
      ),
    ) as tf.Scalar;
  })([q, t]);
  const g = await read(db!);
  const want = new Float64Array(NQ);
  const sum = new Float64Array(NQ);
  const tol = new Float64Array(NQ);
  for (let i = 0; i < NQ; i++) {
    for (let j = 0; j < NK; j++) sum[i]! += g[i * NK + j]!;
    for (let b = 0; b < B; b++)
      for (let h = 0; h < H; h++)
        if (some[(b * H + h) * NQ + i]) {
          want[i]! += call.u![(b * H + h) * NQ + i]!;
          let big = 0;
          for (let x = 0; x < DV; x++) {
            let m = 0;
            for (let j = 0; j < NK; j++) m = Math.max(m, Math.abs(call.v[((b * HK + Math.floor((h * HK) / H)) * NK + j) * DV + x]!));
            big += m * Math.abs(call.w![((b * H + h) * NQ + i) * DV + x]!);
          }
          tol[i]! += 2e-5 * (big + Math.abs(call.u![(b * H + h) * NQ + i]!)) + 1e-6;
        }
  }
  c.close(`${d.target}: far rows: score gradients of a row sum to the cotangent of its logSumExp`, sum, want, tol);
}

import { denseAttention, sparseAttention } from '@longspan/attention-sparse';
import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { type RefCall, reference } from '../reference.ts';
import { read } from '../tensors.ts';
import type { Drawn } from './draw.ts';

/** Results and gradients under random cotangents against the definition; rows that a visible NaN spoils must be spoiled too. */
export async function compare(c: Case, d: Drawn, gradients = true, keep?: RefCall['keep']): Promise<void> {
  const { call } = d;
  if (keep) call.keep = keep;
  const want = reference(call);
  const { B, H, HK, NQ, NK, D, DV } = call;
  const q = tf.tensor4d(call.q, [B, H, NQ, D]);
  const k = tf.tensor4d(call.k, [B, HK, NK, D]);
  const v = tf.tensor4d(call.v, [B, HK, NK, DV]);
  const w = tf.tensor4d(call.w!, [B, H, NQ, DV]);
  const u = tf.tensor3d(call.u!, [B, H, NQ]);
  const useU = call.u!.some((x) => x !== 0);
  const run = (q2: tf.Tensor, k2: tf.Tensor, v2: tf.Tensor, ls: tf.Tensor[]) => {
    const m = new Map<Float32Array, tf.Tensor>();
    for (const [at, x] of d.learned.entries()) m.set(x.data, ls[at]!);
    const o = d.options(m);
    if (d.target === 'dense') return denseAttention(q2, k2, v2, o);
    if (d.target === 'block') return C.blockSparseAttention(q2, k2, v2, o);
    return sparseAttention(q2, k2, v2, o);
  };
  const ls = d.learned.map((x) => tf.tensor(x.data, x.shape));
  const { out, logSumExp } = run(q, k, v, ls);
  const got = await read(out);
  const gotLse = await read(logSumExp);
  // Rows that are spoiled hold something that is not finite; all others are right.
  const fine = new Float64Array(got);
  let missing = 0;
  const lseWant = Float64Array.from(want.lse.value);
  const outWant = Float64Array.from(want.out.value);
  for (let row = 0; row < B * H * NQ; row++)
    if (want.spoiled[row]) {
      let some = false;
      for (let x = 0; x < DV; x++) {
        if (!Number.isFinite(got[row * DV + x]!)) some = true;
        outWant[row * DV + x] = got[row * DV + x]!;
      }
      if (!some && want.spoiled[row] === 1) {
        missing++;
        c.note({ missingRow: row, outRow: got.slice(row * DV, row * DV + 4), lseRow: gotLse[row] });
      }
      lseWant[row] = gotLse[row]!;
    }
  if (missing > 0) c.report('medium', `${d.target}: a row that sees NaN or +Infinity is finite`, { rows: missing });
  c.close(`${d.target}: out`, fine, outWant, want.out.tolerance);
  c.close(`${d.target}: logSumExp`, gotLse, lseWant, want.lse.tolerance);
  if (!gradients) return;
  const f = (...xs: tf.Tensor[]) => {
    const y = run(xs[0]!, xs[1]!, xs[2]!, xs.slice(3));
    const a = tf.sum(tf.mul(y.out, w));
    return (useU ? tf.add(a, tf.sum(tf.mul(y.logSumExp, u))) : a) as tf.Scalar;
  };
  let gs: tf.Tensor[];
  gs = tf.grads(f)([q, k, v, ...ls]);
  const anySpoiled = want.spoiled.some((x) => x !== 0);
  const [dq, dk, dv] = [await read(gs[0]!), await read(gs[1]!), await read(gs[2]!)];
  const skip = (value: Float64Array, gotten: Float32Array, flags: Uint8Array, width: number) => {
    const y = Float64Array.from(value);
    if (anySpoiled)
      for (let row = 0; row < flags.length; row++)
        if (flags[row]) for (let x = 0; x < width; x++) y[row * width + x] = gotten[row * width + x]!;
    return y;
  };
  c.close(`${d.target}: dq`, dq, skip(want.dq.value, dq, want.spoiled, D), want.dq.tolerance);
  c.close(`${d.target}: dk`, dk, skip(want.dk.value, dk, want.touched, D), want.dk.tolerance);
  c.close(`${d.target}: dv`, dv, skip(want.dv.value, dv, want.touched, DV), want.dv.tolerance);
  if (!anySpoiled)
    for (let x = 0; x < d.learned.length; x++) {
      const l = d.learned[x]!;
      const term = call.terms.find((t) => Object.values(t).includes(l));
      const wantL = want.learned.get(l.data)!;
      const name = Object.entries(term!).find(([, y]) => y === l)![0];
      c.close(`${d.target}: d${term!.kind}.${name}`, await read(gs[3 + x]!), wantL.value, wantL.tolerance);
    }
}

import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { EPS, read, size } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** matMul, batched and transposed, and its fused form with a bias and an activation. */
export async function stockMatMul(c: Case, kind: 'matmul' | 'fused'): Promise<void> {
  const r = c.rng;
  const m = r.int(1, 40);
  const k = r.int(1, 40);
  const n = r.int(1, 40);
  const ta = r.chance();
  const tb = r.chance();
  const rank = r.int(0, 2);
  const ba = Array.from({ length: rank }, () => r.int(1, 3));
  let bb = ba.map((x) => (r.chance(0.7) ? x : 1));
  const aa = ba.map((x) => (r.chance(0.8) ? x : 1));
  if (kind === 'fused') bb = [...aa];
  const la = kind === 'fused' && r.chance(0.3) ? [] : aa;
  const lb = kind === 'fused' && la.length > 0 && r.chance(0.3) ? [] : bb;
  const batch = ba.map((_, i) => Math.max(la[i] ?? 1, lb[i] ?? 1));
  const A = [...la, ...(ta ? [k, m] : [m, k])];
  const B = [...lb, ...(tb ? [n, k] : [k, n])];
  const a = r.normals(size(A));
  const b = r.normals(size(B));
  const act0 = kind === 'fused' ? r.pick(['linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'sigmoid', 'elu'] as const) : 'linear';
  const biasForm = kind === 'fused' ? r.pick(['none', 'n', '1n', 'mn']) : 'none';
  c.note({ A, B, ta, tb, act0, biasForm });
  const bias = r.normals(biasForm === 'mn' ? m * n : n);
  const prelu = r.normals(n);
  const total = size(batch);
  const want = F(total * m * n);
  const tol = F(total * m * n);
  const stride = (shape: number[], b2: number) => {
    let at = 0;
    let rest = b2;
    let mul = 1;
    const idx: number[] = [];
    for (let i = batch.length - 1; i >= 0; i--) {
      idx[i] = rest % batch[i]!;
      rest = Math.floor(rest / batch[i]!);
    }
    for (let i = shape.length - 1; i >= 0; i--) {
      at += (shape[i] === 1 ? 0 : idx[batch.length - shape.length + i]!) * mul;
      mul *= shape[i]!;
    }
    return at;
  };
  for (let p = 0; p < total; p++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let s = biasForm === 'none' ? 0 : biasForm === 'mn' ? bias[i * n + j]! : bias[j]!;
        let z = Math.abs(s);
        for (let q = 0; q < k; q++) {
          const v = a[stride(la, p) * m * k + (ta ? q * m + i : i * k + q)]! * b[stride(lb, p) * k * n + (tb ? j * k + q : q * n + j)]!;
          s += v;
          z += Math.abs(v);
        }
        const f =
          act0 === 'relu'
            ? Math.max(0, s)
            : act0 === 'relu6'
              ? Math.min(6, Math.max(0, s))
              : act0 === 'prelu'
                ? s < 0
                  ? prelu[j]! * s
                  : s
                : act0 === 'leakyrelu'
                  ? s < 0
                    ? 0.2 * s
                    : s
                  : act0 === 'sigmoid'
                    ? 1 / (1 + Math.exp(-s))
                    : act0 === 'elu'
                      ? s < 0
                        ? Math.expm1(s)
                        : s
                      : s;
        const at = (p * m + i) * n + j;
        want[at] = f;
        tol[at] = EPS * (6 + 2 * Math.sqrt(k)) * z * (act0 === 'prelu' ? 1 + Math.abs(prelu[j]!) : 1) + 2e-7;
      }
  const TA = T(a, A);
  const TB = T(b, B);
  const y =
    kind === 'matmul'
      ? tf.matMul(TA, TB, ta, tb)
      : tf.fused.matMul({
          a: TA as Loose,
          b: TB as Loose,
          transposeA: ta,
          transposeB: tb,
          activation: act0,
          ...(biasForm === 'none' ? {} : { bias: T(bias, biasForm === 'n' ? [n] : biasForm === '1n' ? [1, n] : [m, n]) }),
          ...(act0 === 'prelu' ? { preluActivationWeights: T(prelu, [n]) } : {}),
          ...(act0 === 'leakyrelu' ? { leakyreluAlpha: 0.2 } : {}),
        });
  c.close(`stock ${kind}`, await read(y), want, tol);
}

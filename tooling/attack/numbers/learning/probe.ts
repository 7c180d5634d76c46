import * as R from '@longspan/training';
import type { Case } from '../case.ts';
import { T } from './parameters.ts';

/** A linear probe against the minimum that Newton’s method finds in float64. */
export async function probe(c: Case): Promise<void> {
  const r = c.rng;
  const n = r.int(4, 40);
  const d = r.int(1, 6);
  const K = r.int(2, 4);
  const Cc = r.pick([0.1, 1, 10]);
  const off = r.pick([0, 0, 5]);
  const mg = r.pick([0.3, 1, 3]);
  const labels = Array.from({ length: n }, (_, i) => (i < K ? i : r.int(0, K - 1)));
  const x = new Float32Array(n * d);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++) x[i * d + j] = Math.fround((r.normal() + (j === labels[i]! % d ? 1 : 0)) * mg + off);
  c.note({ n, d, K, C: Cc, off, mg, labels, x });
  const tolerance = 1e-5;
  const y = await R.probe(T(x, [n, d]), labels, { C: Cc });
  if (!y.converged) {
    c.note({ converged: false });
  }
  // own: the objective C · Σ loss + |w|² / 2, by Newton's method in float64 over all weights (multinomial; two classes: one row)
  const rows = K === 2 ? 1 : K;
  const N = rows * (d + 1);
  let th = new Float64Array(N);
  const evalAt = (t: Float64Array) => {
    let f = 0;
    const g = new Float64Array(N);
    const H = Array.from({ length: N }, () => new Float64Array(N));
    for (let i = 0; i < n; i++) {
      const z: number[] = [];
      for (let k = 0; k < rows; k++) {
        let s = t[k * (d + 1) + d]!;
        for (let j = 0; j < d; j++) s += t[k * (d + 1) + j]! * x[i * d + j]!;
        z.push(s);
      }
      const zz = K === 2 ? [0, z[0]!] : z;
      const m = Math.max(...zz);
      const e = zz.map((v) => Math.exp(v - m));
      const S = e.reduce((a, b) => a + b, 0);
      const p = e.map((v) => v / S);
      f += Cc * (m + Math.log(S) - zz[labels[i]!]!);
      const pr = K === 2 ? [p[1]!] : p;
      for (let k = 0; k < rows; k++) {
        const gk = Cc * (pr[k]! - +((K === 2 ? 1 : k) === labels[i]!));
        for (let j = 0; j <= d; j++) {
          const xj = j === d ? 1 : x[i * d + j]!;
          g[k * (d + 1) + j]! += gk * xj;
          for (let k2 = 0; k2 < rows; k2++) {
            const h = Cc * (pr[k]! * (+(k === k2) - pr[k2]!));
            for (let j2 = 0; j2 <= d; j2++) H[k * (d + 1) + j]![k2 * (d + 1) + j2]! += h * xj * (j2 === d ? 1 : x[i * d + j2]!);
          }
        }
      }
    }
    for (let k = 0; k < rows; k++)
      for (let j = 0; j < d; j++) {
        const a = k * (d + 1) + j;
        f += t[a]! ** 2 / 2;
        g[a]! += t[a]!;
        H[a]![a]! += 1;
      }
    return { f, g, H };
  };
  const solve = (H: Float64Array[], g: Float64Array) => {
    const A = H.map((row, i) => [...row.map((v, j) => v + (i === j ? 1e-9 : 0)), g[i]!]);
    const m = A.length;
    for (let i = 0; i < m; i++) {
      let p = i;
      for (let k = i + 1; k < m; k++) if (Math.abs(A[k]![i]!) > Math.abs(A[p]![i]!)) p = k;
      [A[i], A[p]] = [A[p]!, A[i]!];
      for (let k = i + 1; k < m; k++) {
        const q = A[k]![i]! / A[i]![i]!;
        for (let j = i; j <= m; j++) A[k]![j]! -= q * A[i]![j]!;
      }
    }
    const s = new Float64Array(m);
    for (let i = m - 1; i >= 0; i--) {
      let v = A[i]![m]!;
      for (let j = i + 1; j < m; j++) v -= A[i]![j]! * s[j]!;
      s[i] = v / A[i]![i]!;
    }
    return s;
  };
  for (let it = 0; it < 60; it++) {
    const { f, g, H } = evalAt(th);
    const s = solve(H, g);
    let a = 1;
    let next = th;
    for (let b = 0; b < 40; b++) {
      next = th.map((v, i) => v - a * s[i]!);
      if (evalAt(next).f <= f) break;
      a /= 2;
    }
    th = next;
    if (Math.max(...evalAt(th).g.map(Math.abs)) < 1e-11) break;
  }
  const mine = new Float64Array(N);
  for (let k = 0; k < rows; k++) {
    for (let j = 0; j < d; j++) mine[k * (d + 1) + j] = y.weight[k * d + j]!;
    mine[k * (d + 1) + d] = y.bias[k]!;
  }
  const best = evalAt(th).f;
  const got = evalAt(mine);
  if (y.weight.length !== rows * d || y.bias.length !== rows) {
    c.report('high', 'probe: sizes', { expected: [rows * d, rows], got: [y.weight.length, y.bias.length] });
    return;
  }
  if (y.converged && !(got.f - best <= 1e-4 * (1 + best))) c.report('high', 'probe: above the minimum', { expected: best, got: got.f });
  const worst = Math.max(...got.g.map(Math.abs)) / n / Cc;
  if (y.converged && worst > tolerance * 3 + 2e-6 * (mg + off) * 3)
    c.report('medium', 'probe: gradient of the mean loss above the tolerance', { tolerance, got: worst });
  const p = await y.probabilities(T(x, [n, d]));
  const pred = await y.predict(T(x, [n, d]));
  let loss = 0;
  for (let i = 0; i < n; i++) {
    let s = 0;
    let top = 0;
    for (let k = 0; k < K; k++) {
      s += p[i * K + k]!;
      if (p[i * K + k]! > p[i * K + top]!) top = k;
    }
    if (Math.abs(s - 1) > 1e-5) c.report('high', 'probe: probabilities do not sum to 1', { got: s });
    if (pred[i] !== top && Math.abs(p[i * K + top]! - p[i * K + pred[i]!]!) > 1e-6)
      c.report('high', 'probe: predict is not the likeliest', { expected: top, got: pred[i] });
    loss -= Math.log(p[i * K + labels[i]!]!) / n;
  }
  if (Math.abs(loss - y.loss) > 1e-4 * (1 + loss)) c.report('high', 'probe: loss', { expected: loss, got: y.loss });
}

import * as A from '@longspan/attention-sparse';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';

/** Routing attention (arXiv 2003.05997): the nearest tokens of each centroid attend to each other; the mean over clusters. */
export async function routing(c: Case, B: number, n: number): Promise<void> {
  const r = c.rng;
  const heads = r.int(1, 2);
  const d = r.int(2, 5);
  const K = r.int(1, 4);
  const size0 = r.int(1, n);
  const ksize = r.pick([undefined, r.int(1, n)]);
  const q = r.normals(B * heads * n * d);
  const k = r.normals(B * heads * n * d);
  const v = r.normals(B * heads * n * 3);
  const cents = r.normals(heads * K * d);
  for (let a = 0; a < heads * K; a++) {
    const s = Math.sqrt(cents.slice(a * d, (a + 1) * d).reduce((x, y) => x + y * y, 0));
    for (let e = 0; e < d; e++) cents[a * d + e]! /= s;
  }
  c.note({ heads, d, K, size0, ksize });
  const y = A.routingAttention(T(q, [B, heads, n, d]), T(k, [B, heads, n, d]), T(v, [B, heads, n, 3]), {
    centroids: T(cents, [heads, K, d]),
    clusterSize: size0,
    ...(ksize ? { keyClusterSize: ksize } : {}),
  });
  const mq = await read(y.members.queries);
  const mk = await read(y.members.keys);
  const wq = y.members.queries.shape[3]!;
  const wk = y.members.keys.shape[3]!;
  const got = await read(y.out);
  const want = new Float64Array(got.length);
  for (let p = 0; p < B; p++)
    for (let h = 0; h < heads; h++) {
      const unit = (x: Float32Array, i: number) => {
        const z = x.slice(((p * heads + h) * n + i) * d, ((p * heads + h) * n + i + 1) * d);
        const s = Math.sqrt(z.reduce((a, b) => a + b * b, 0));
        return z.map((a) => a / s);
      };
      const count = new Float64Array(n);
      const sum = new Float64Array(n * 3);
      for (let cl = 0; cl < K; cl++) {
        const qs = [...mq.slice(((p * heads + h) * K + cl) * wq, ((p * heads + h) * K + cl + 1) * wq)];
        const ks = [...mk.slice(((p * heads + h) * K + cl) * wk, ((p * heads + h) * K + cl + 1) * wk)];
        for (const [x, list] of [
          [q, qs],
          [k, ks],
        ] as const) {
          const sim = Array.from({ length: n }, (_, i) => unit(x, i).reduce((a, z, e) => a + z * cents[(h * K + cl) * d + e]!, 0));
          const worst = Math.min(...list.map((i) => sim[i]!));
          if (sim.some((z, i) => !list.includes(i) && z > worst + 1e-5)) {
            c.report('high', 'routingAttention: a cluster does not take its most similar tokens', { cluster: cl });
            return;
          }
        }
        for (const i of qs) {
          const sc = ks.map((j) => {
            let z = 0;
            for (let e = 0; e < d; e++) z += q[((p * heads + h) * n + i) * d + e]! * k[((p * heads + h) * n + j) * d + e]!;
            return z / Math.sqrt(d);
          });
          const m = Math.max(...sc);
          const ex = sc.map((z) => Math.exp(z - m));
          const tot = ex.reduce((a, b) => a + b, 0);
          count[i]!++;
          ks.forEach((j, z) => {
            for (let e = 0; e < 3; e++) sum[i * 3 + e]! += (ex[z]! / tot) * v[((p * heads + h) * n + j) * 3 + e]!;
          });
        }
      }
      for (let i = 0; i < n; i++)
        for (let e = 0; e < 3; e++) want[((p * heads + h) * n + i) * 3 + e] = count[i] ? sum[i * 3 + e]! / count[i]! : 0;
    }
  c.close('routingAttention', got, want, 1e-4);
}

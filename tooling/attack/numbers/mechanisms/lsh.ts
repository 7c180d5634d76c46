import * as S from '@longspan/attention-lsh';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';

/** LSH attention (Reformer, arXiv 2001.04451, §2) of one round: chunks of the order by bucket and position, a token to itself only where nothing else is seen. */
export async function lsh(c: Case, B: number): Promise<void> {
  const r = c.rng;
  const heads = r.int(1, 2);
  const d = r.int(1, 5);
  const dv = r.int(1, 4);
  const chunk = r.int(1, 6);
  const chunks = r.int(2, 5);
  const N = chunk * chunks;
  const before = r.int(0, Math.min(2, chunks - 1));
  const after = r.int(0, Math.max(0, Math.min(1, chunks - 1 - before)));
  const causal = r.chance();
  const rounds = 1;
  const dirs = r.int(1, 3);
  const x = r.normals(B * heads * N * d);
  const v = r.normals(B * heads * N * dv);
  const rot = r.normals(heads * d * rounds * dirs);
  c.note({ heads, d, dv, chunk, chunks, before, after, causal, dirs });
  if (before + after + 1 > chunks) return;
  const y = S.lshAttention(T(x, [B, heads, N, d]), T(v, [B, heads, N, dv]), {
    chunkLength: chunk,
    chunksBefore: before,
    chunksAfter: after,
    causal,
    rotations: T(rot, [heads, d, rounds, dirs]),
  });
  const bk = await read(y.buckets!);
  const got = await read(y.out);
  const want = new Float64Array(got.length);
  let closeTie = false;
  for (let p = 0; p < B; p++)
    for (let h = 0; h < heads; h++) {
      const bucket: number[] = [];
      for (let i = 0; i < N; i++) {
        const s: number[] = [];
        for (let a = 0; a < dirs; a++) {
          let z = 0;
          for (let e = 0; e < d; e++) z += x[((p * heads + h) * N + i) * d + e]! * rot[(h * d + e) * dirs + a]!;
          s.push(z);
        }
        const full = [...s, ...s.map((z) => -z)];
        let at = 0;
        full.forEach((z, a) => {
          if (z > full[at]!) at = a;
        });
        const sorted = [...full].sort((a, b) => b - a);
        if (sorted[0]! - (sorted[1] ?? -1e9) < 1e-5) closeTie = true;
        bucket.push(at);
        if (!closeTie && bk[(p * heads + h) * rounds * N + i] !== at) {
          c.report('high', 'lshAttention: bucket', { expected: at, got: bk[(p * heads + h) * rounds * N + i] });
          return;
        }
      }
      const order = Array.from({ length: N }, (_, i) => i).sort((a, b) => bucket[a]! - bucket[b]! || a - b);
      for (let s = 0; s < N; s++) {
        const i = order[s]!;
        const own0 = Math.floor(s / chunk);
        const keys: number[] = [];
        for (let cc = own0 - before; cc <= own0 + after; cc++)
          for (let t = 0; t < chunk; t++) keys.push(order[(((cc % chunks) + chunks) % chunks) * chunk + t]!);
        const row = (j: number) => x.slice(((p * heads + h) * N + j) * d, ((p * heads + h) * N + j + 1) * d);
        const qi = row(i);
        const sc = keys.map((j) => {
          if (causal && j > i) return -Infinity;
          const kj = row(j);
          const len = Math.sqrt(kj.reduce((a, b) => a + b * b, 0) + 1e-6 * d); /* Hugging Face's epsilon */
          let z = 0;
          for (let e = 0; e < d; e++) z += (qi[e]! * kj[e]!) / len;
          return j === i ? -1e5 : z;
        });
        const m = Math.max(...sc);
        const ex = sc.map((z) => Math.exp(z - m));
        const tot = ex.reduce((a, b) => a + b, 0);
        for (let e = 0; e < dv; e++)
          want[((p * heads + h) * N + i) * dv + e] = keys.reduce(
            (a, j, z) => a + (ex[z]! / tot) * v[((p * heads + h) * N + j) * dv + e]!,
            0,
          );
      }
    }
  if (!closeTie) c.close('lshAttention', got, want, 1e-4);
}

import * as C from '@longspan/core-tensor';
import * as X from '@longspan/memory-xl';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { reference } from '../reference.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';
import { mm, toHeads } from './projections.ts';

/** Transformer-XL (arXiv 1901.02860) §3.3: terms (a) to (d), distances of sinusoids by r_net, memory before the segment. */
export async function relativeAttention(c: Case, B: number, n: number): Promise<void> {
  const r = c.rng;
  const heads = r.int(1, 3);
  const d = r.int(1, 4);
  const width = 2 * r.int(1, 4);
  const m = r.int(0, 10);
  const left = r.chance() ? r.int(0, 12) : undefined;
  const maxDistance = r.pick([undefined, 4]);
  c.note({ heads, d, width, m, left, maxDistance });
  const layer = X.relativeAttention({
    width,
    heads,
    headDim: d,
    ...(left === undefined ? {} : { window: { left } }),
    ...(maxDistance ? { maxDistance } : {}),
  });
  const P: Loose = { ...layer.init(C.createKey(5)) };
  for (const k of Object.keys(P)) P[k] = T(r.normals(P[k].size, 0.5), P[k].shape);
  const x = r.normals(B * n * width);
  const mem = r.normals(B * m * width);
  const lens = m > 0 && r.chance() ? Array.from({ length: B }, () => r.int(0, m)) : undefined;
  c.note({ lens });
  const y = await read(
    layer.apply(P, T(x, [B, n, width]), {
      ...(m > 0 ? { memory: T(mem, [B, m, width]) } : {}),
      ...(lens ? { memoryLengths: lens } : {}),
    }),
  );
  const all = new Float64Array(B * (m + n) * width);
  for (let p = 0; p < B; p++) {
    all.set(mem.slice(p * m * width, (p + 1) * m * width), p * (m + n) * width);
    all.set(x.slice(p * n * width, (p + 1) * n * width), (p * (m + n) + m) * width);
  }
  const N = m + n;
  const hd = heads * d;
  const qkv = mm(all, B * N, width, await read(P['qkv_net.weight']), 3 * hd);
  const K = toHeads(qkv, B, N, heads, d, hd, 3 * hd);
  const Vv = toHeads(qkv, B, N, heads, d, 2 * hd, 3 * hd);
  const Qall = toHeads(qkv, B, N, heads, d, 0, 3 * hd);
  const Q = new Float32Array(B * heads * n * d);
  for (let p = 0; p < B * heads; p++) Q.set(Qall.slice((p * N + m) * d, (p + 1) * N * d), p * n * d);
  const rows = N;
  const enc = new Float64Array(rows * width);
  for (let a = 0; a < rows; a++) {
    const dist = Math.min(rows - 1 - a, maxDistance ?? 1e9);
    for (let e = 0; e < width / 2; e++) {
      const ang = dist / 10000 ** ((2 * e) / width);
      enc[a * width + e] = Math.sin(ang);
      enc[a * width + width / 2 + e] = Math.cos(ang);
    }
  }
  const rk = mm(enc, rows, width, await read(P['r_net.weight']), hd);
  const rr = new Float32Array(heads * rows * d);
  for (let h = 0; h < heads; h++)
    for (let a = 0; a < rows; a++) for (let e = 0; e < d; e++) rr[(h * rows + a) * d + e] = rk[a * hd + h * d + e]!;
  const L = (data: Float32Array, shape: number[]) => ({ data, shape });
  const ref = reference({
    B,
    H: heads,
    HK: heads,
    NQ: n,
    NK: N,
    D: d,
    DV: d,
    q: Q,
    k: K,
    v: Vv,
    scale: 1 / Math.sqrt(d),
    queryOffset: m,
    visible: (b, _h, i, j) => j <= m + i && (left === undefined || j >= m + i - left) && (!lens || j >= m - lens[b]!),
    terms: [
      {
        kind: 'relativePositions',
        r: L(rr, [heads, rows, d]),
        u: L(await read(P['r_w_bias']), [heads, d]),
        v: L(await read(P['r_r_bias']), [heads, d]),
      },
    ],
  });
  const merged = new Float64Array(B * n * hd);
  for (let p = 0; p < B; p++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < n; i++)
        for (let e = 0; e < d; e++) merged[(p * n + i) * hd + h * d + e] = ref.out.value[((p * heads + h) * n + i) * d + e]!;
  c.close('relativeAttention', y, mm(merged, B * n, hd, await read(P['o_net.weight']), width), 3e-4);
}

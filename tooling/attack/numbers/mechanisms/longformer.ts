import * as A from '@longspan/attention-sparse';
import * as C from '@longspan/core-tensor';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { reference } from '../reference.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';
import { mm, toHeads } from './projections.ts';

/** Longformer (arXiv 2004.05150) §3: a window and every global key by one set of projections; global queries by the other. */
export async function longformer(c: Case, B: number, n: number): Promise<void> {
  const r = c.rng;
  const heads = r.int(1, 2);
  const d = r.int(1, 4);
  const width = heads * d;
  const window = { left: r.int(0, 4), right: r.int(0, 4) };
  const gl = Array.from({ length: B }, () => r.subset(n, 0.2));
  const pad = Array.from({ length: B }, () => Array.from({ length: n }, () => +r.chance(0.8)));
  c.note({ heads, d, window, gl, pad });
  const layer = A.longformerAttention({ width, heads, window });
  const P: Loose = { ...layer.init(C.createKey(5)) };
  for (const k of Object.keys(P)) P[k] = T(r.normals(P[k].size, 0.7), P[k].shape);
  const x = r.normals(B * n * width);
  const y = await read(layer.apply(P, T(x, [B, n, width]), { globals: gl, padding: C.padding(pad) }));
  const pr = async (name: string) =>
    toHeads(mm(x, B * n, width, await read(P[`${name}.weight`]), width, await read(P[`${name}.bias`])), B, n, heads, d);
  const base = { B, H: heads, HK: heads, NQ: n, NK: n, D: d, DV: d, scale: 1 / Math.sqrt(d), queryOffset: 0, terms: [] };
  const G = (b: number, i: number) => gl[b]!.includes(i) && pad[b]![i] === 1;
  const local = reference({
    ...base,
    q: await pr('query'),
    k: await pr('key'),
    v: await pr('value'),
    visible: (b, _h, i, j) => pad[b]![j] === 1 && ((j >= i - window.left && j <= i + window.right) || G(b, j)),
  });
  const glob = reference({
    ...base,
    q: await pr('query_global'),
    k: await pr('key_global'),
    v: await pr('value_global'),
    visible: (b, _h, _i, j) => pad[b]![j] === 1,
  });
  const want = new Float64Array(B * n * width);
  for (let p = 0; p < B; p++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < n; i++)
        for (let e = 0; e < d; e++)
          want[(p * n + i) * width + h * d + e] =
            pad[p]![i] === 0 ? 0 : (G(p, i) ? glob : local).out.value[((p * heads + h) * n + i) * d + e]!;
  c.close('longformerAttention', y, want, 1e-4);
}

import * as A from '@longspan/attention-sparse';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { reference } from '../reference.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';

/** Native sparse attention (arXiv 2502.11089) §3.3: compressed, selected and sliding branches, and the choice by eq. 9 and 10. */
export async function nsa(c: Case): Promise<void> {
  const r = c.rng;
  const B = r.int(1, 2);
  const HK = r.int(1, 2);
  const Hh = HK * r.int(1, 2);
  const D = r.int(1, 6);
  const DV = r.int(1, 5);
  const stride = r.int(1, 4);
  const l = stride * r.int(1, 3);
  const sel = stride * r.int(1, 3);
  const NK = r.int(1, 40);
  const NQ = r.chance(0.7) ? NK : r.int(1, NK);
  const off = NK - NQ;
  const left = r.int(0, 8);
  const o = {
    compressionLength: l,
    compressionStride: stride,
    selectionLength: sel,
    selectedBlocks: r.int(1, 4),
    initialBlocks: r.int(0, 1),
    localBlocks: r.int(1, 2),
    window: { left },
  };
  if (o.selectedBlocks < o.initialBlocks + o.localBlocks) o.selectedBlocks = o.initialBlocks + o.localBlocks;
  c.note({ B, Hh, HK, NQ, NK, D, DV, ...o });
  const q = r.normals(B * Hh * NQ * D);
  const br = () => ({ k: r.normals(B * HK * NK * D), v: r.normals(B * HK * NK * DV) });
  const [a, b, d] = [br(), br(), br()];
  const g = r.normals(B * Hh * NQ * 3);
  const KV = (x: Loose) => ({ k: T(x.k, [B, HK, NK, D]), v: T(x.v, [B, HK, NK, DV]) });
  const y = A.nsaAttention(T(q, [B, Hh, NQ, D]), { compression: KV(a), selection: KV(b), sliding: KV(d), gates: T(g, [B, Hh, NQ, 3]) }, o);
  const base = { B, H: Hh, HK, NQ, D, DV, q, scale: 1 / Math.sqrt(D), queryOffset: off, terms: [] };
  const slide = reference({ ...base, NK, k: d.k, v: d.v, visible: (_b, _h, i, j) => j <= off + i && j >= off + i - left });
  const NC = Math.max(0, Math.floor((NK - l) / stride) + 1);
  const mean = (x: Float32Array, w: number) => {
    const z = new Float32Array(B * HK * NC * w);
    for (let p = 0; p < B * HK; p++)
      for (let i = 0; i < NC; i++)
        for (let e = 0; e < w; e++) {
          let s = 0;
          for (let t = 0; t < l; t++) s += x[(p * NK + i * stride + t) * w + e]!;
          z[(p * NC + i) * w + e] = Math.fround(s / l);
        }
    return z;
  };
  const comp = reference(
    { ...base, NK: NC, k: mean(a.k, D), v: mean(a.v, DV), visible: (_b, _h, i, j) => j * stride + l - 1 <= off + i },
    true,
  );
  const picked = await read(y.selected);
  const width = y.selected.shape[3]!;
  const sets = new Map<string, Set<number>>();
  for (let p = 0; p < B; p++)
    for (let h = 0; h < HK; h++)
      for (let i = 0; i < NQ; i++)
        sets.set(
          `${p},${h},${i}`,
          new Set([...picked.slice(((p * HK + h) * NQ + i) * width, ((p * HK + h) * NQ + i + 1) * width)].filter((x) => x >= 0)),
        );
  const select = reference({
    ...base,
    NK,
    k: b.k,
    v: b.v,
    visible: (p, h, i, j) => j <= off + i && sets.get(`${p},${Math.floor((h * HK) / Hh)},${i}`)!.has(Math.floor(j / sel)),
  });
  const x2 = (t: Float64Array) => t.map((v) => v * 4 + 1e-6);
  c.close('nsa: sliding', await read(y.branches.sliding), slide.out.value, x2(slide.out.tolerance));
  c.close('nsa: compression', await read(y.branches.compression), comp.out.value, x2(comp.out.tolerance));
  c.close('nsa: selection', await read(y.branches.selection), select.out.value, x2(select.out.tolerance));
  const sg = (v: number) => 1 / (1 + Math.exp(-v));
  const want = comp.out.value.map((v, at) => {
    const row = Math.floor(at / DV);
    return sg(g[row * 3]!) * v + sg(g[row * 3 + 1]!) * select.out.value[at]! + sg(g[row * 3 + 2]!) * slide.out.value[at]!;
  });
  c.close('nsa: out', await read(y.out), want, 2e-5);
  // the choice: eq. 9 and 10 by the spans that windows and blocks share, in steps of the stride
  const blocks = Math.ceil(NK / sel);
  for (let p = 0; p < B; p++)
    for (let h = 0; h < HK; h++)
      for (let i = 0; i < NQ; i++) {
        const t = off + i;
        const own = Math.floor(t / sel);
        const score = new Float64Array(blocks);
        for (let hh = 0; hh < Hh; hh++)
          if (Math.floor((hh * HK) / Hh) === h)
            for (let x = 0; x < blocks; x++)
              for (let m = 0; m < sel / stride; m++)
                for (let n = 0; n < l / stride; n++) {
                  const w = (sel / stride) * x + m - n;
                  if (w >= 0 && w < NC) score[x]! += comp.p[((p * Hh + hh) * NQ + i) * NC + w]!;
                }
        const have = sets.get(`${p},${h},${i}`)!;
        const forced = new Set<number>();
        for (let x = 0; x < o.initialBlocks; x++) if (x <= own) forced.add(x);
        for (let x = 0; x < o.localBlocks; x++) if (own - x >= 0) forced.add(own - x);
        const rest = Array.from({ length: own + 1 }, (_, x) => x)
          .filter((x) => !forced.has(x))
          .sort((x, z) => score[z]! - score[x]! || x - z);
        const many = Math.min(o.selectedBlocks - forced.size, rest.length);
        if (many > 0 && many < rest.length && Math.abs(score[rest[many - 1]!]! - score[rest[many]!]!) < 1e-5) continue;
        const wantSet = new Set([...forced, ...rest.slice(0, many)]);
        if ([...have].some((x) => !wantSet.has(x)) || have.size !== wantSet.size) {
          c.report('medium', 'nsa: selected blocks', {
            query: t,
            head: h,
            expected: [...wantSet].sort(),
            got: [...have].sort(),
            scores: score,
          });
          return;
        }
      }
  const t = r.int(0, NQ - 1);
  const end = off + t + 1;
  const cut = (x: Loose) => ({
    k: tf.slice(T(x.k, [B, HK, NK, D]), [0, 0, 0, 0], [B, HK, end, D]),
    v: tf.slice(T(x.v, [B, HK, NK, DV]), [0, 0, 0, 0], [B, HK, end, DV]),
  });
  const one = A.nsaAttention(
    tf.slice(T(q, [B, Hh, NQ, D]), [0, 0, t, 0], [B, Hh, 1, D]),
    { compression: cut(a), selection: cut(b), sliding: cut(d), gates: tf.slice(T(g, [B, Hh, NQ, 3]), [0, 0, t, 0], [B, Hh, 1, 3]) },
    o,
  );
  const full = await read(y.out);
  const w: number[] = [];
  for (let z = 0; z < B * Hh; z++) for (let e = 0; e < DV; e++) w.push(full[(z * NQ + t) * DV + e]!);
  c.close('nsa: a step of decoding', await read(one.out), w, 1e-4);
}

import * as A from '@longspan/attention-sparse';
import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { anyMask } from '../masks.ts';
import { type RefCall, reference } from '../reference.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';
import { nsa } from './nsa.ts';

/** Attention that chooses its keys by content: the choice again from scores in float64, then the definition over what was chosen. */
export async function chosen(c: Case): Promise<void> {
  const r = c.rng;
  const B = r.int(1, 2);
  const HK = r.int(1, 2);
  const Hh = HK * r.int(1, 2);
  const D = r.int(1, 8);
  const DV = r.int(1, 6);
  const kind = r.pick(['topK', 'moba', 'blockTopK', 'local', 'localShared', 'nsa']);
  const NK = r.int(1, 50);
  const NQ = r.chance(0.7) ? NK : r.int(1, NK);
  const causal = r.chance();
  const queryOffset = NK - NQ;
  const scale = r.pick([undefined, 0.5]);
  const q = r.normals(B * Hh * NQ * D);
  const k = r.normals(B * HK * NK * D);
  const v = r.normals(B * HK * NK * DV);
  const blockSize = r.int(1, 12);
  const topK = r.int(1, 6);
  const opt = (o: Loose) => Object.fromEntries(Object.entries(o).filter(([, x]) => x !== undefined));
  c.note({ kind, B, Hh, HK, NQ, NK, D, DV, causal, blockSize, topK, scale });
  const Q = T(q, [B, Hh, NQ, D]);
  const K = T(k, [B, HK, NK, D]);
  const VV = T(v, [B, HK, NK, DV]);
  const call: RefCall = {
    B,
    H: Hh,
    HK,
    NQ,
    NK,
    D,
    DV,
    q,
    k,
    v,
    scale: scale ?? 1 / Math.sqrt(D),
    queryOffset,
    visible: () => true,
    terms: [],
    w: r.normals(B * Hh * NQ * DV),
    u: new Float64Array(B * Hh * NQ) as Loose,
  };
  const W = T(call.w!, [B, Hh, NQ, DV]);
  const dot = (b: number, h: number, i: number, j: number) => {
    const g = Math.floor((h * HK) / Hh);
    let s = 0;
    for (let d = 0; d < D; d++) s += q[((b * Hh + h) * NQ + i) * D + d]! * k[((b * HK + g) * NK + j) * D + d]!;
    return s;
  };
  let run: (a: tf.Tensor, b: tf.Tensor, d: tf.Tensor) => Loose;
  const sets = new Map<string, Set<number>>();
  let close = false;
  const top = (scores: [number, number][], many: number) => {
    const s = [...scores].sort((x, y) => y[0] - x[0] || x[1] - y[1]);
    if (many < s.length && many > 0 && Math.abs(s[many - 1]![0] - s[many]![0]) < 1e-5 * (1 + Math.abs(s[many]![0]))) close = true;
    return s.slice(0, many).map((x) => x[1]);
  };
  let checkSelected = true;
  if (kind === 'topK') {
    const rule = r.chance() ? anyMask(r, NQ, NK, B, Hh) : undefined;
    c.note({ mask: rule?.label });
    for (let b = 0; b < B; b++)
      for (let h = 0; h < Hh; h++)
        for (let i = 0; i < NQ; i++) {
          const s: [number, number][] = [];
          for (let j = 0; j < NK; j++)
            if (!rule || rule.allows(queryOffset + i, j, b, h)) s.push([dot(b, h, i, j) * Math.sign(call.scale), j]);
          sets.set(`${b},${h},${i}`, new Set(top(s, topK)));
        }
    call.visible = (b, h, i, j) => sets.get(`${b},${h},${i}`)!.has(j);
    run = (a, b, d) => A.topKAttention(a, b, d, opt({ topK, mask: rule?.mask, scale }) as Loose);
  } else if (kind === 'moba') {
    const blocks = Math.ceil(NK / blockSize);
    for (let b = 0; b < B; b++)
      for (let h = 0; h < Hh; h++)
        for (let i = 0; i < NQ; i++) {
          const own = Math.floor((queryOffset + i) / blockSize);
          const s: [number, number][] = [];
          for (let x = 0; x < blocks; x++) {
            if (x === own || (causal && x > own)) continue;
            let m = 0;
            let n = 0;
            for (let j = x * blockSize; j < Math.min(NK, (x + 1) * blockSize); j++) {
              m += dot(b, h, i, j);
              n++;
            }
            s.push([m / n, x]);
          }
          sets.set(`${b},${h},${i}`, new Set([own, ...top(s, topK - 1)]));
        }
    call.visible = (b, h, i, j) => sets.get(`${b},${h},${i}`)!.has(Math.floor(j / blockSize)) && (!causal || j <= queryOffset + i);
    run = (a, b, d) => A.mobaAttention(a, b, d, opt({ blockSize, topK, causal, scale }) as Loose);
  } else if (kind === 'blockTopK') {
    const QB = Math.ceil(NQ / blockSize);
    const KB = Math.ceil(NK / blockSize);
    const mask = r.chance() ? A.slidingWindow({ left: 3, right: 0 }) : undefined;
    c.note({ mask: mask?.name });
    for (let b = 0; b < B; b++)
      for (let h = 0; h < Hh; h++)
        for (let x = 0; x < QB; x++) {
          const rowsQ: number[] = [];
          for (let i = x * blockSize; i < Math.min(NQ, (x + 1) * blockSize); i++) rowsQ.push(i);
          const useQ = causal ? rowsQ.slice(0, 1) : rowsQ;
          const s: [number, number][] = [];
          for (let y = 0; y < KB; y++) {
            if (causal && !(Math.min(NK, (y + 1) * blockSize) - 1 < queryOffset + rowsQ[0]!)) continue;
            let m = 0;
            let n = 0;
            for (let j = y * blockSize; j < Math.min(NK, (y + 1) * blockSize); j++)
              for (const i of useQ) {
                m += dot(b, h, i, j);
                n++;
              }
            s.push([m / n, y]);
          }
          sets.set(`${b},${h},${x}`, new Set(top(s, topK)));
        }
    call.visible = (b, h, i, j) =>
      sets.get(`${b},${h},${Math.floor(i / blockSize)}`)!.has(Math.floor(j / blockSize)) ||
      (mask ? j <= queryOffset + i && j >= queryOffset + i - 3 : causal && j <= queryOffset + i && j > queryOffset + i - blockSize);
    run = (a, b, d) => A.blockTopKAttention(a, b, d, opt({ blockSize, topK, causal, scale, mask }) as Loose);
  } else if (kind === 'nsa') {
    return nsa(c);
  } else {
    checkSelected = false;
    const before = r.pick([undefined, 0, 2]);
    const after = causal ? 0 : r.pick([undefined, 0, 2]);
    const bucket = blockSize;
    const pad = r.chance(0.4) ? Array.from({ length: B }, () => Array.from({ length: NK }, () => +r.chance(0.8))) : undefined;
    c.note({ before, after, pad });
    const bf = before ?? 1;
    const af = after ?? (causal ? 0 : 1);
    let see = (b: number, i: number, j: number) => {
      const p = queryOffset + i;
      const d = Math.floor(j / bucket) - Math.floor(p / bucket);
      return d >= -bf && d <= af && (!causal || j <= p) && (!pad || pad[b]![j] === 1);
    };
    if (kind === 'localShared') {
      for (let row = 0; row < B * HK * NK; row++) {
        let s = 0;
        for (let d = 0; d < D; d++) s += k[row * D + d]! ** 2;
        s = Math.sqrt(s);
        call.k = call.k === k ? Float32Array.from(k) : call.k;
        for (let d = 0; d < D; d++) call.k[row * D + d] = Math.fround(k[row * D + d]! / s);
      }
      const all = see;
      const others = (b: number, i: number) => {
        for (let j = 0; j < NK; j++) if (j !== queryOffset + i && all(b, i, j)) return true;
        return false;
      };
      see = (b, i, j) => all(b, i, j) && (j !== queryOffset + i || !others(b, i));
    }
    call.visible = (b, _h, i, j) => see(b, i, j);
    const o = opt({ bucketSize: bucket, causal, before, after, scale, padding: pad ? C.padding(pad) : undefined }) as Loose;
    run = (a, b, d) => (kind === 'local' ? A.localAttention(a, b, d, o) : A.localSharedQueryKeyAttention(a, b, d, o));
  }
  const want = reference({ ...call, u: new Float32Array(B * Hh * NQ) });
  if (close) return;
  const y = run(Q, K, VV);
  if (kind === 'blockTopK') {
    const sel = await read(y.selected);
    const w = y.selected.shape[3]!;
    c.note({ lastSelected: sel.slice(sel.length - w), lastWanted: [...sets.get(`${B - 1},${Hh - 1},${Math.ceil(NQ / blockSize) - 1}`)!] });
  }
  c.close(
    `${kind}: out`,
    await read(y.out),
    want.out.value,
    want.out.tolerance.map((t) => t * 2),
  );
  if (kind !== 'localShared')
    c.close(
      `${kind}: logSumExp`,
      await read(y.logSumExp),
      want.lse.value,
      want.lse.tolerance.map((t) => t * 2),
    );
  const gs = tf.grads((a: tf.Tensor, b: tf.Tensor, d: tf.Tensor) => tf.sum(tf.mul(run(a, b, d).out, W)) as tf.Scalar)([Q, K, VV]);
  c.close(
    `${kind}: dq`,
    await read(gs[0]!),
    want.dq.value,
    want.dq.tolerance.map((t) => t * 2),
  );
  if (kind !== 'localShared')
    c.close(
      `${kind}: dk`,
      await read(gs[1]!),
      want.dk.value,
      want.dk.tolerance.map((t) => t * 2),
    );
  c.close(
    `${kind}: dv`,
    await read(gs[2]!),
    want.dv.value,
    want.dv.tolerance.map((t) => t * 2),
  );
  void checkSelected;
  if (causal && (kind === 'moba' || kind === 'blockTopK' || kind === 'local') && NQ > 1) {
    const t = r.int(0, NQ - 1);
    if (kind === 'blockTopK' || (kind === 'local' && (c.notes as Loose).pad)) return;
    const end = queryOffset + t + 1;
    const one = run(
      tf.slice(Q, [0, 0, t, 0], [B, Hh, 1, D]),
      tf.slice(K, [0, 0, 0, 0], [B, HK, end, D]),
      tf.slice(VV, [0, 0, 0, 0], [B, HK, end, DV]),
    );
    if (kind === 'local' && (c.notes as Loose).pad) return;
    const g = await read(one.out);
    const w: number[] = [];
    const tl: number[] = [];
    for (let b = 0; b < B * Hh; b++)
      for (let d = 0; d < DV; d++) {
        w.push(want.out.value[(b * NQ + t) * DV + d]!);
        tl.push(want.out.tolerance[(b * NQ + t) * DV + d]! * 2);
      }
    c.close(`${kind}: a step of decoding`, g, w, tl);
  }
}

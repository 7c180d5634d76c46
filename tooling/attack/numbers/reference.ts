// Block-sparse attention with all score terms, forward and backward, in plain float64 loops; and how far float32 may be off. It is one loop over
// pairs on purpose: a definition that a reader can follow from the score of a pair to its gradient, with no part that is shared with the library.
import { EPS } from './tensors.ts';

export interface Learned {
  data: Float32Array;
  shape: number[];
}
/** A score term as data. */
export type RefTerm =
  | { kind: 'alibi'; slopes: Learned }
  | { kind: 'bias'; bias: Learned }
  | { kind: 'tile'; bias: Learned; at: (b: number, h: number, i: number, j: number) => number }
  | { kind: 'cellBias'; table: Learned }
  | { kind: 'distanceBias'; table: Learned; center: number }
  | { kind: 'softCap'; cap: number }
  | { kind: 'spanRamp'; span: Learned; ramp: number }
  | { kind: 'keyLengths'; lengths: Int32Array }
  | {
      kind: 'originalPositions';
      query: Learned | { data: Int32Array; shape: number[] };
      key: { data: Int32Array; shape: number[] };
      causal: boolean;
      selfScore: number | undefined;
    }
  | { kind: 'relativePositions'; r: Learned; u: Learned; v: Learned }
  | { kind: 'attentionSink'; logits: Learned };

/** A call of attention as data: B batch, H heads, HK key heads, NQ and NK lengths, D headDim, DV value size. */
export interface RefCall {
  B: number;
  H: number;
  HK: number;
  NQ: number;
  NK: number;
  D: number;
  DV: number;
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  scale: number;
  queryOffset: number;
  visible: (b: number, h: number, i: number, j: number) => boolean;
  terms: RefTerm[];
  keep?: (b: number, h: number, i: number, j: number) => number;
  w?: Float32Array;
  u?: Float32Array;
}
/** Numbers, and how far float32 may be off at each. */
export interface Result {
  value: Float64Array;
  tolerance: Float64Array;
}
const result = (n: number): Result => ({ value: new Float64Array(n), tolerance: new Float64Array(n) });
const of4 = (x: { shape: number[] }, b: number, h: number, i: number, j: number) => {
  const [sb, sh, si, sj] = x.shape as [number, number, number, number];
  return (((sb === 1 ? 0 : b) * sh + (sh === 1 ? 0 : h)) * si + i) * sj + j;
};
const mod = (a: number, n: number) => ((a % n) + n) % n;

export interface Reference {
  out: Result;
  lse: Result;
  dq: Result;
  dk: Result;
  dv: Result;
  learned: Map<Float32Array, Result>;
  /** rows (b, h, i) that a visible NaN or +Infinity spoils */
  spoiled: Uint8Array;
  /** keys (b, hk, j) that a spoiled row attends to */
  touched: Uint8Array;
  p: Float64Array;
}

/** Results, gradients and their tolerances: errors of float32 are carried along, to first order. */
export function reference(c: RefCall, withP = false): Reference {
  const { B, H, HK, NQ, NK, D, DV, q, k, v, scale } = c;
  const out = result(B * H * NQ * DV);
  const lse = result(B * H * NQ);
  const dq = result(q.length);
  const dk = result(k.length);
  const dv = result(v.length);
  const learned = new Map<Float32Array, Result>();
  const grad = (x: Learned): Result => {
    let g = learned.get(x.data);
    if (!g) {
      g = result(x.data.length);
      learned.set(x.data, g);
    }
    return g;
  };
  for (const t of c.terms) {
    if (t.kind === 'alibi') grad(t.slopes);
    if (t.kind === 'bias' || t.kind === 'tile') grad(t.bias);
    if (t.kind === 'cellBias' || t.kind === 'distanceBias') grad(t.table);
    if (t.kind === 'spanRamp') grad(t.span);
    if (t.kind === 'relativePositions') {
      grad(t.r);
      grad(t.u);
      grad(t.v);
    }
    if (t.kind === 'attentionSink') grad(t.logits);
  }
  const spoiled = new Uint8Array(B * H * NQ);
  const touched = new Uint8Array(B * HK * NK);
  const P = withP ? new Float64Array(B * H * NQ * NK) : new Float64Array(0);
  const original = c.terms.find((t) => t.kind === 'originalPositions') as Extract<RefTerm, { kind: 'originalPositions' }> | undefined;
  const rel = c.terms.find((t) => t.kind === 'relativePositions') as Extract<RefTerm, { kind: 'relativePositions' }> | undefined;
  const sink = c.terms.find((t) => t.kind === 'attentionSink') as Extract<RefTerm, { kind: 'attentionSink' }> | undefined;
  const lengths = c.terms.find((t) => t.kind === 'keyLengths') as Extract<RefTerm, { kind: 'keyLengths' }> | undefined;
  const counts = new Map<Float32Array, Float64Array>();
  const add = (x: Learned, at: number, g: number, t: number) => {
    const r = grad(x);
    r.value[at]! += g;
    r.tolerance[at]! += t + EPS * 4 * Math.abs(g);
    let n = counts.get(x.data);
    if (!n) {
      n = new Float64Array(x.data.length);
      counts.set(x.data, n);
    }
    n[at]! += Math.abs(g);
  };
  const sumD = 4 + 2 * Math.sqrt(D);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++) {
      const hk = Math.floor((h * HK) / H);
      for (let i = 0; i < NQ; i++) {
        const row = (b * H + h) * NQ + i;
        const qa = row * D;
        const js: number[] = [];
        const s: number[] = [];
        const es: number[] = [];
        const chain: number[][] = [];
        const pos = c.queryOffset + i;
        const place = (j: number): [number, number] => {
          if (!original) return [pos, j];
          const [qb, qh] = original.query.shape as number[];
          const [kb, kh] = original.key.shape as number[];
          return [
            original.query.data[((qb === 1 ? 0 : b) * qh! + (qh === 1 ? 0 : h)) * NQ + i]!,
            original.key.data[((kb === 1 ? 0 : b) * kh! + (kh === 1 ? 0 : h)) * NK + j]!,
          ];
        };
        let bad = false;
        const badValues: number[] = [];
        for (let j = 0; j < NK; j++) {
          if (!c.visible(b, h, i, j)) continue;
          if (lengths && j >= lengths.lengths[b]!) continue;
          const [pp, jj] = place(j);
          if (original && (pp < 0 || jj < 0 || (original.causal && jj > pp))) continue;
          const ka = ((b * HK + hk) * NK + j) * D;
          let x = 0;
          let size = 0;
          let cut = false;
          for (let d = 0; d < D; d++) {
            const t = (q[qa + d]! + (rel ? rel.u.data[h * D + d]! : 0)) * k[ka + d]!;
            x += t;
            size += Math.abs(q[qa + d]! * k[ka + d]!);
          }
          if (rel) {
            const R = rel.r.shape[1]!;
            const at = Math.min(R - 1, Math.max(0, R - 1 - (pos - j)));
            for (let d = 0; d < D; d++) {
              const kd = k[ka + d]!;
              const rd = rel.r.data[(h * R + at) * D + d]!;
              const t1 = rel.u.data[h * D + d]! * kd;
              const t2 = (q[qa + d]! + rel.v.data[h * D + d]!) * rd;
              x += t2;
              size += Math.abs(t1) + (Math.abs(q[qa + d]!) + Math.abs(rel.v.data[h * D + d]!)) * Math.abs(rd);
            }
          }
          x *= scale;
          let e = EPS * sumD * Math.abs(scale) * size;
          const steps: number[] = [];
          for (const t of c.terms) {
            steps.push(x);
            if (t.kind === 'alibi') {
              const y = t.slopes.data[h]! * Math.abs(pp - jj);
              x -= y;
              e += EPS * 2 * (Math.abs(y) + Math.abs(x));
            } else if (t.kind === 'bias') {
              x = big(x + t.bias.data[of4(t.bias, b, h, i, j)]!);
              e += EPS * Math.abs(x);
            } else if (t.kind === 'tile') {
              x = big(x + t.bias.data[t.at(b, h, i, j)]!);
              e += EPS * Math.abs(x);
            } else if (t.kind === 'cellBias') {
              const n = t.table.shape[1]!;
              x = big(x + t.table.data[((t.table.shape[0] === 1 ? 0 : h) * n + mod(pos, n)) * n + mod(j, n)]!);
              e += EPS * Math.abs(x);
            } else if (t.kind === 'distanceBias') {
              const n = t.table.shape[1]!;
              x = big(x + t.table.data[(t.table.shape[0] === 1 ? 0 : h) * n + Math.min(n - 1, Math.max(0, jj - pp + t.center))]!);
              e += EPS * Math.abs(x);
            } else if (t.kind === 'softCap') {
              x = t.cap * Math.tanh(x / t.cap);
              e += EPS * 4 * Math.abs(t.cap);
            } else if (t.kind === 'spanRamp') {
              const z = Math.min(1, Math.max(0, (t.ramp + t.span.data[h]! - Math.abs(pp - jj)) / t.ramp));
              const ez = EPS * 4 * (1 + Math.abs(t.span.data[h]!) / t.ramp + Math.abs(pp - jj) / t.ramp);
              if (z === 0) cut = true;
              x += Math.log(z);
              if (z > 0) e += ez / z;
              e += EPS * 2 * Math.abs(x);
            } else if (t.kind === 'originalPositions' && t.selfScore !== undefined && pp === jj) {
              x = t.selfScore;
              e = EPS * Math.abs(x);
            }
          }
          if (cut) continue; // masked by its span
          if (Number.isNaN(x) || x === Infinity) bad = true;
          for (let d = 0; d < DV; d++) if (!Number.isFinite(v[((b * HK + hk) * NK + j) * DV + d]!)) badValues.push(js.length);
          js.push(j);
          s.push(x);
          es.push(Number.isFinite(e) ? e : 0);
          chain.push(steps);
        }
        let sure = bad;
        if (badValues.length > 0 && !bad) {
          // a value that is not finite, by a weight that float32 may not have
          const top = Math.max(sink ? sink.logits.data[h]! : -Infinity, ...s);
          let zz = 0;
          for (const x of s) zz += Math.exp(x - top);
          bad = true;
          sure = badValues.some((a) => Math.exp(s[a]! - top) / zz > 1e-20);
        }
        if (bad) {
          spoiled[row] = sure ? 1 : 2;
          for (const j of js) touched[(b * HK + hk) * NK + j] = 1;
          continue;
        }
        const sunk = sink ? sink.logits.data[h]! : -Infinity;
        let m = sunk;
        for (const x of s) m = Math.max(m, x);
        if (m === -Infinity) {
          lse.value[row] = -Infinity;
          continue;
        }
        let z = Math.exp(sunk - m);
        for (const x of s) z += Math.exp(x - m);
        const p = s.map((x) => Math.exp(x - m) / z);
        const n = js.length;
        let e = EPS * (4 + Math.abs(m));
        const topP = Math.max(...p); // the error of scores that weigh anything
        for (let a = 0; a < n; a++) if (p[a]! > 1e-12 * topP) e = Math.max(e, es[a]! + EPS * 2 * Math.abs(s[a]!));
        lse.value[row] = m + Math.log(z);
        lse.tolerance[row] = 3 * (e + EPS * (8 + 2 * Math.sqrt(n) + 2 * Math.abs(lse.value[row]!)));
        const ep = 3 * (2 * e + EPS * (10 + 2 * Math.sqrt(n)));
        // What a score that weighs next to nothing is off by changes its own weight alone.
        const own = es.map((each) => 6 * Math.max(0, each - e));
        if (withP) for (let a = 0; a < n; a++) P[row * NK + js[a]!] = p[a]!;
        for (let d = 0; d < DV; d++) {
          let sum = 0;
          let size = 0;
          let ownSize = 0;
          for (let a = 0; a < n; a++) {
            if (p[a] === 0) continue;
            const t = (c.keep ? c.keep(b, h, i, js[a]!) : 1) * p[a]! * v[((b * HK + hk) * NK + js[a]!) * DV + d]!;
            sum += t;
            size += Math.abs(t);
            ownSize += own[a]! * Math.abs(t);
          }
          out.value[row * DV + d] = sum;
          let most = 0;
          for (let a = 0; a < n; a++) if (p[a]! < 1e-30) most = Math.max(most, Math.abs(v[((b * HK + hk) * NK + js[a]!) * DV + d]!));
          out.tolerance[row * DV + d] = ep * size + ownSize + 1e-26 * (1 + most);
        }
        if (!c.w || !c.u) continue;
        const u = c.u[row]!;
        const dP: number[] = [];
        const dPsize: number[] = [];
        let mean = 0;
        let meanSize = 0;
        for (let a = 0; a < n; a++) {
          const va = ((b * HK + hk) * NK + js[a]!) * DV;
          const keep = c.keep ? c.keep(b, h, i, js[a]!) : 1;
          let g = 0;
          let gs = 0;
          for (let d = 0; d < DV; d++) {
            const w = c.w[row * DV + d]!;
            g += w * v[va + d]!;
            gs += Math.abs(w * v[va + d]!);
            dv.value[va + d]! += keep * p[a]! * w;
            dv.tolerance[va + d]! += (ep + own[a]! + EPS * 2 * Math.sqrt(NQ)) * keep * p[a]! * Math.abs(w) + 1e-26 * (1 + Math.abs(w));
          }
          dP.push(keep * g);
          dPsize.push(keep * gs);
          mean += p[a]! * keep * g;
          meanSize += p[a]! * keep * gs;
        }
        const eS = 2 * ep + EPS * (16 + 4 * Math.sqrt(DV) + 4 * Math.sqrt(n));
        if (sink) {
          const ps = Math.exp(sunk - m) / z;
          add(sink.logits, h, ps * (u - mean), ps * (Math.abs(u) + meanSize) * eS);
        }
        for (let a = 0; a < n; a++) {
          const j = js[a]!;
          const [pp, jj] = place(j);
          if (s[a]! === -Infinity) continue; // weighs exactly 0
          let g = p[a]! * (dP[a]! - mean + u);
          let t = p[a]! * (dPsize[a]! + meanSize + Math.abs(u)) * (eS + 2 * own[a]!) + 1e-26 * (1 + dPsize[a]! + meanSize + Math.abs(u));
          for (let at = c.terms.length - 1; at >= 0; at--) {
            const term = c.terms[at]!;
            const x = chain[a]![at]!;
            if (term.kind === 'alibi') {
              const dist = Math.abs(pp - jj);
              add(term.slopes, h, -g * dist, t * dist);
            } else if (term.kind === 'bias') add(term.bias, of4(term.bias, b, h, i, j), g, t);
            else if (term.kind === 'tile') add(term.bias, term.at(b, h, i, j), g, t);
            else if (term.kind === 'cellBias') {
              const N = term.table.shape[1]!;
              add(term.table, ((term.table.shape[0] === 1 ? 0 : h) * N + mod(pos, N)) * N + mod(j, N), g, t);
            } else if (term.kind === 'distanceBias') {
              const N = term.table.shape[1]!;
              add(term.table, (term.table.shape[0] === 1 ? 0 : h) * N + Math.min(N - 1, Math.max(0, jj - pp + term.center)), g, t);
            } else if (term.kind === 'softCap') {
              const th = Math.tanh(x / term.cap);
              const slope = 1 - th * th;
              t = t * slope + Math.abs(g) * (EPS * 16 + 4 * Math.abs(th) * slope * Math.min(1, e / Math.abs(term.cap)));
              g *= slope;
            } else if (term.kind === 'spanRamp') {
              const raw = (term.ramp + term.span.data[h]! - Math.abs(pp - jj)) / term.ramp;
              if (raw > 0 && raw < 1) {
                const f = 1 / (raw * term.ramp);
                const ez = (EPS * 8 * (1 + Math.abs(term.span.data[h]!) / term.ramp + Math.abs(pp - jj) / term.ramp)) / raw;
                add(term.span, h, g * f, t * f + Math.abs(g) * f * ez);
              }
            } else if (term.kind === 'originalPositions' && term.selfScore !== undefined && pp === jj) {
              g = 0;
              t = 0;
            }
          }
          const ka = ((b * HK + hk) * NK + j) * D;
          const gs = g * scale;
          const ts = (t + EPS * 4 * Math.abs(g)) * Math.abs(scale);
          if (gs !== 0 || ts !== 0)
            for (let d = 0; d < D; d++) {
              const kd = k[ka + d]!;
              const qd = q[qa + d]!;
              let dqd = kd;
              let dkd = qd;
              let dqs = Math.abs(kd);
              let dks = Math.abs(qd);
              if (rel) {
                const R = rel.r.shape[1]!;
                const ra = (h * R + Math.min(R - 1, Math.max(0, R - 1 - (pos - j)))) * D + d;
                const rd = rel.r.data[ra]!;
                const ud = rel.u.data[h * D + d]!;
                const vd = rel.v.data[h * D + d]!;
                dqd += rd;
                dqs += Math.abs(rd);
                dkd += ud;
                dks += Math.abs(ud);
                add(rel.u, h * D + d, gs * kd, ts * Math.abs(kd));
                add(rel.v, h * D + d, gs * rd, ts * Math.abs(rd));
                add(rel.r, ra, gs * (qd + vd), ts * (Math.abs(qd) + Math.abs(vd)));
              }
              dq.value[qa + d]! += gs * dqd;
              dq.tolerance[qa + d]! += ts * dqs + EPS * (4 + 2 * Math.sqrt(n)) * Math.abs(gs) * dqs + 1e-42;
              dk.value[ka + d]! += gs * dkd;
              dk.tolerance[ka + d]! += ts * dks + EPS * (4 + 2 * Math.sqrt(NQ * (H / HK))) * Math.abs(gs) * dks + 1e-42;
            }
        }
      }
    }
  for (const [data, n] of counts) {
    const r = learned.get(data)!;
    for (let a = 0; a < n.length; a++) r.tolerance[a]! += EPS * 2 * Math.sqrt(B * NQ * NK) * n[a]!;
  }
  return { out, lse, dq, dk, dv, learned, spoiled, touched, p: P };
}
/** What float32 makes of a sum with a number as large as the least float. */
const big = (x: number) =>
  Math.abs(x) > 1e30 && Number.isFinite(x)
    ? Math.abs(x) > 3.4028234663852886e38
      ? Math.sign(x) * 3.4028234663852886e38
      : Math.fround(x)
    : x;

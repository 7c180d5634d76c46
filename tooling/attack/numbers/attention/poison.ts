import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import type { Learned, RefCall } from '../reference.ts';

const LEAST = -3.4028234663852886e38;

/** NaN, infinities and the least float where nobody sees them, and some where somebody does. */
export function poison(c: Case, call: RefCall, _learned: Learned[], _hidden: Learned[]): void {
  const r = c.rng;
  const { B, H, HK, NQ, NK, D, DV } = call;
  const lengths = call.terms.find((t) => t.kind === 'keyLengths') as Loose;
  const original = call.terms.find((t) => t.kind === 'originalPositions') as Loose;
  const sees = (b: number, h: number, i: number, j: number) => {
    if (!call.visible(b, h, i, j) || (lengths && j >= lengths.lengths[b])) return false;
    if (original) {
      const [qb, qh] = original.query.shape;
      const [kb, kh] = original.key.shape;
      const pp = original.query.data[((qb === 1 ? 0 : b) * qh + (qh === 1 ? 0 : h)) * NQ + i];
      const jj = original.key.data[((kb === 1 ? 0 : b) * kh + (kh === 1 ? 0 : h)) * NK + j];
      if (pp < 0 || jj < 0 || (original.causal && jj > pp)) return false;
    }
    return true;
  };
  const bad = () => r.pick([NaN, Infinity, -Infinity, LEAST, 3e38]);
  let hiddenKeys = 0;
  let hiddenQueries = 0;
  for (let b = 0; b < B; b++)
    for (let g = 0; g < HK; g++)
      for (let j = 0; j < NK; j++) {
        let seen = false;
        for (let h = 0; h < H && !seen; h++)
          if (Math.floor((h * HK) / H) === g) for (let i = 0; i < NQ && !seen; i++) seen = sees(b, h, i, j);
        if (!seen && r.chance(0.8)) {
          hiddenKeys++;
          for (let d = 0; d < D; d++) if (r.chance(0.6)) call.k[((b * HK + g) * NK + j) * D + d] = bad();
          for (let d = 0; d < DV; d++) if (r.chance(0.6)) call.v[((b * HK + g) * NK + j) * DV + d] = bad();
        }
      }
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let i = 0; i < NQ; i++) {
        let any = false;
        for (let j = 0; j < NK && !any; j++) any = sees(b, h, i, j);
        if (!any && r.chance(0.3)) {
          hiddenQueries++;
          for (let d = 0; d < D; d++) call.q[((b * H + h) * NQ + i) * D + d] = bad();
        }
      }
  let hiddenBias = 0;
  for (const t of call.terms)
    if (t.kind === 'bias') {
      const [sb, sh] = t.bias.shape as number[];
      const minus = r.chance(0.6);
      const least = r.chance(0.4);
      for (let b = 0; b < sb!; b++)
        for (let h = 0; h < sh!; h++)
          for (let i = 0; i < NQ; i++)
            for (let j = 0; j < NK; j++) {
              let seen = false;
              for (let b2 = sb === 1 ? 0 : b; b2 < (sb === 1 ? B : b + 1) && !seen; b2++)
                for (let h2 = sh === 1 ? 0 : h; h2 < (sh === 1 ? H : h + 1) && !seen; h2++) seen = sees(b2, h2, i, j);
              const at = ((b * sh! + h) * NQ + i) * NK + j;
              if (!seen) {
                if (r.chance(0.7)) {
                  hiddenBias++;
                  t.bias.data[at] = bad();
                }
              } else if (minus && r.chance(i % 5 === 0 ? 1 : 0.2)) t.bias.data[at] = -Infinity;
              else if (least && r.chance(i % 7 === 0 ? 1 : 0.2)) t.bias.data[at] = LEAST;
            }
      if (call.terms[0] !== t || call.terms.length > 1)
        for (let x = 0; x < t.bias.data.length; x++) if (t.bias.data[x] === LEAST) t.bias.data[x] = -1e30;
    }
  let visibleNaN = 0;
  const capped = call.terms.some((t) => t.kind === 'softCap');
  if (r.chance(0.3) && !capped) {
    const b = r.int(0, B - 1);
    const g = r.int(0, HK - 1);
    const j = r.int(0, NK - 1);
    const x = r.pick([NaN, Infinity, -Infinity]);
    call.k[((b * HK + g) * NK + j) * D] = x;
    visibleNaN++;
    c.note({ kNaN: [b, g, j, String(x)] });
  }
  if (r.chance(0.2)) {
    const b = r.int(0, B - 1);
    const h = r.int(0, H - 1);
    const i = r.int(0, NQ - 1);
    call.q[((b * H + h) * NQ + i) * D] = NaN;
    visibleNaN++;
  }
  if (r.chance(0.2)) {
    const b = r.int(0, B - 1);
    const g = r.int(0, HK - 1);
    const j = r.int(0, NK - 1);
    const x = r.pick([NaN, Infinity]);
    call.v[((b * HK + g) * NK + j) * DV] = x;
    visibleNaN++;
    c.note({ vNaN: [b, g, j, String(x)] });
  }
  c.note({ hiddenKeys, hiddenQueries, hiddenBias, visibleNaN });
}

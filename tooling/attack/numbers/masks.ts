// Random masks by their public constructors, each with a rule of our own, written from the docstrings and papers.
import * as A from '@longspan/attention-sparse';
import type { Random } from '../random.ts';

/** A mask, and what it must allow. */
export interface Rule {
  readonly mask: A.Mask;
  readonly allows: (p: number, j: number, b: number, h: number) => boolean;
  readonly label: string;
}

const mod = (a: number, n: number) => ((a % n) + n) % n;

/** A mask of one constructor and its rule. */
function leaf(r: Random, n: number, nk: number, batch: number, heads: number): Rule {
  const kind = r.int(0, 21);
  const of = (mask: A.Mask, allows: Rule['allows']): Rule => ({ mask, allows, label: mask.name });
  const side = () => (r.chance(0.2) ? 0 : r.int(0, Math.max(1, Math.floor(nk / 2))));
  switch (kind) {
    case 0:
      return of(A.causal(), (p, j) => j <= p);
    case 1: {
      const left = side();
      const right = side();
      return of(A.slidingWindow({ left, right }), (p, j) => j >= p - left && j <= p + right);
    }
    case 2: {
      const left = r.int(0, 4);
      const right = r.int(0, 4);
      const dilation = r.int(1, 5);
      return of(
        A.dilatedWindow({ left, right, dilation }),
        (p, j) => (j - p) % dilation === 0 && (j - p) / dilation >= -left && (j - p) / dilation <= right,
      );
    }
    case 3: {
      const left = r.int(0, 4);
      const right = r.int(0, 4);
      const ds = Array.from({ length: heads }, () => r.int(1, 5));
      return of(A.dilatedWindow({ left, right, dilation: ds }), (p, j, _b, h) => {
        const d = ds[h]!;
        return (j - p) % d === 0 && (j - p) / d >= -left && (j - p) / d <= right;
      });
    }
    case 4: {
      const g = r.subset(nk, 0.1);
      if (g.length === 0) g.push(r.int(0, nk - 1));
      const s = new Set(g);
      return of(A.globalTokens(g), (p, j) => s.has(p) || s.has(j));
    }
    case 5: {
      const blockSize = r.int(1, Math.max(1, nk));
      return of(A.blockDiagonal({ blockSize }), (p, j) => Math.floor(p / blockSize) === Math.floor(j / blockSize));
    }
    case 6: {
      const stride = r.int(1, Math.max(1, Math.floor(nk / 2)));
      return of(A.strided({ stride }), (p, j) => j <= p && (p - j <= stride || (p - j) % stride === 0));
    }
    case 7: {
      const stride = r.int(1, Math.max(1, Math.floor(nk / 2)));
      const summary = r.int(1, stride);
      return of(
        A.fixed({ stride, summary }),
        (p, j) => j <= p && (Math.floor(p / stride) === Math.floor(j / stride) || mod(j, stride) >= stride - summary),
      );
    }
    case 8: {
      const blockSize = r.int(1, 9);
      const blocks = Math.ceil(nk / blockSize);
      const windowBlocks = r.int(0, 2);
      const globalBlocks = r.chance(0.5) ? [r.int(0, blocks - 1)] : [];
      const lists = () => Array.from({ length: r.int(0, blocks) }, () => r.subset(blocks, 0.15));
      const perHead = r.chance(0.4);
      const one = lists();
      const many = Array.from({ length: heads }, lists);
      return of(A.bigBird({ blockSize, windowBlocks, globalBlocks, randomBlocks: perHead ? many : one }), (p, j, _b, h) => {
        const qb = Math.floor(p / blockSize);
        const kb = Math.floor(j / blockSize);
        const list = (perHead ? many[h]! : one)[qb];
        return Math.abs(qb - kb) <= windowBlocks || globalBlocks.includes(qb) || globalBlocks.includes(kb) || (list?.includes(kb) ?? false);
      });
    }
    case 9: {
      const length = r.int(0, nk);
      return of(A.prefix({ length }), (_p, j) => j < length);
    }
    case 10: {
      const len = r.int(1, nk);
      const draw = () => {
        let id = 0;
        const scattered = r.chance(0.3);
        return Array.from({ length: len }, () => {
          if (scattered) return r.int(0, 2);
          if (r.chance(0.2)) id++;
          return id;
        });
      };
      const perRow = r.chance(0.4);
      const one = draw();
      const rows = Array.from({ length: batch }, draw);
      return of(A.documents(perRow ? rows : one), (p, j, b) => {
        const ids = perRow ? rows[b]! : one;
        return p >= 0 && p < ids.length && j < ids.length && ids[p] === ids[j];
      });
    }
    case 11: {
      const lengths = Array.from({ length: batch }, () => r.int(0, nk));
      return of(A.keyPadding({ lengths }), (_p, j, b) => j < lengths[b]!);
    }
    case 12: {
      const lengths = r.int(0, nk);
      return of(A.keyPadding({ lengths }), (_p, j) => j < lengths);
    }
    case 13: {
      const s = r.subset(nk, 0.2);
      return of(A.keysAt(s), (_p, j) => s.includes(j));
    }
    case 14: {
      const rows = Array.from({ length: batch }, () => r.subset(nk, 0.2));
      return of(A.keysAt(rows), (_p, j, b) => rows[b]!.includes(j));
    }
    case 15: {
      const s = r.subset(nk, 0.2);
      return of(A.queriesAt(s), (p) => s.includes(p));
    }
    case 16: {
      const blockSize = r.int(1, 9);
      const left = r.int(0, 3);
      const right = r.int(0, 3);
      return of(A.blockWindow({ blockSize, left, right }), (p, j) => {
        const d = Math.floor(j / blockSize) - Math.floor(p / blockSize);
        return d >= -left && d <= right;
      });
    }
    case 17:
    case 18:
    case 19: {
      const axes = r.int(2, 3);
      const shape = Array.from({ length: axes }, () => r.int(1, 6));
      const total = shape.reduce((a, b) => a * b, 1);
      const cell = (x: number) => {
        const c: number[] = [];
        for (let a = axes - 1; a >= 0; a--) {
          c[a] = x % shape[a]!;
          x = Math.floor(x / shape[a]!);
        }
        return c;
      };
      const inside = (p: number, j: number) => p >= 0 && p < total && j < total;
      if (kind === 17) {
        const radius = shape.map(() => r.int(0, 2));
        return of(
          A.grid(shape).neighbourhood({ radius }),
          (p, j) => inside(p, j) && cell(p).every((x, a) => Math.abs(x - cell(j)[a]!) <= radius[a]!),
        );
      }
      if (kind === 18) {
        const tile = shape.map(() => r.int(1, 4));
        return of(
          A.grid(shape).tiles({ size: tile }),
          (p, j) => inside(p, j) && cell(p).every((x, a) => Math.floor(x / tile[a]!) === Math.floor(cell(j)[a]! / tile[a]!)),
        );
      }
      const window = shape.map((s) => r.int(1, s));
      const shift = window.map((w) => r.int(0, w - 1));
      return of(
        A.grid(shape).shiftedWindows({ window, shift }),
        (p, j) =>
          inside(p, j) &&
          cell(p).every((x, a) => {
            const s = Math.ceil(shape[a]! / window[a]!) * window[a]!;
            const x1 = mod(x - shift[a]!, s);
            const y1 = mod(cell(j)[a]! - shift[a]!, s);
            return Math.floor(x1 / window[a]!) === Math.floor(y1 / window[a]!) && x1 >= s - shift[a]! === y1 >= s - shift[a]!;
          }),
      );
    }
    case 20: {
      const cut = (total: number) => {
        const at = r.int(1, Math.max(1, total - 1));
        return total > 1 ? { a: at, b: total - at } : { a: 1 };
      };
      const qs = cut(n) as Record<string, number>;
      const ks = cut(nk) as Record<string, number>;
      const parts = A.segments(qs, ks);
      const from = r.pick(Object.keys(qs));
      const to = r.pick(Object.keys(ks));
      const inner = r.chance(0.5) ? leafSimple(r, nk) : undefined;
      const qStart = from === 'a' ? 0 : qs['a']!;
      const kStart = to === 'a' ? 0 : ks['a']!;
      return of(
        parts.between(from, to, inner?.mask),
        (p, j, b, h) =>
          p >= qStart &&
          p < qStart + qs[from]! &&
          j >= kStart &&
          j < kStart + ks[to]! &&
          (inner ? inner.allows(p - qStart, j - kStart, b, h) : true),
      );
    }
    default: {
      const a = r.int(1, 7);
      const b = r.int(1, 7);
      const c = r.int(0, 6);
      const allows = (p: number, j: number) => mod(p * a + j * b, 7) <= c;
      return of(A.mask({ name: `custom(${a},${b},${c})`, allows }), allows);
    }
  }
}
function leafSimple(r: Random, nk: number): Rule {
  if (r.chance()) return { mask: A.causal(), allows: (p, j) => j <= p, label: 'causal' };
  const left = r.int(0, nk);
  const right = r.int(0, nk);
  return { mask: A.slidingWindow({ left, right }), allows: (p, j) => j >= p - left && j <= p + right, label: 'window' };
}
/** A tree of masks and its rule. */
export function anyMask(r: Random, n: number, nk: number, batch: number, heads: number, depth = 0): Rule {
  const draw = depth >= 3 ? 0 : r.float();
  if (draw < 0.5) return leaf(r, n, nk, batch, heads);
  const a = anyMask(r, n, nk, batch, heads, depth + 1);
  if (draw < 0.58) return { mask: a.mask.not(), allows: (p, j, b, h) => !a.allows(p, j, b, h), label: a.mask.not().name };
  if (draw < 0.92) {
    const other = anyMask(r, n, nk, batch, heads, depth + 1);
    const both = draw < 0.75;
    const mask = both ? a.mask.and(other.mask) : a.mask.or(other.mask);
    return {
      mask,
      allows: (p, j, b, h) => (both ? a.allows(p, j, b, h) && other.allows(p, j, b, h) : a.allows(p, j, b, h) || other.allows(p, j, b, h)),
      label: mask.name,
    };
  }
  if (a.mask.heads > 1 || a.mask.batch > 1) return a;
  if (draw < 0.96) {
    const all = [a, ...Array.from({ length: heads - 1 }, () => shared(r, n, nk, batch, heads, 'heads'))];
    const mask = A.perHead(all.map((x) => x.mask));
    return { mask, allows: (p, j, b, h) => all[h]!.allows(p, j, b, h), label: mask.name };
  }
  const all = [a, ...Array.from({ length: batch - 1 }, () => shared(r, n, nk, batch, heads, 'batch'))];
  const mask = A.perBatch(all.map((x) => x.mask));
  return { mask, allows: (p, j, b, h) => all[b]!.allows(p, j, b, h), label: mask.name };
}
function shared(r: Random, n: number, nk: number, batch: number, heads: number, _axis: string): Rule {
  for (;;) {
    const x = leaf(r, n, nk, batch, heads);
    if (x.mask.heads === 1 && x.mask.batch === 1) return x;
  }
}

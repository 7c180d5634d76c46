import * as lib from '@longspan/attention-sparse/mask';

export const mod = (a, b) => ((a % b) + b) % b;

const floor = Math.floor;

// Each leaf: JSON-like text, the mask, and what it allows by our reading of the documentation, for [head, batch].
export function leaf(r) {
  const L = (max, n) => r.list(0, n, () => r.int(0, max));
  switch (r.int(0, 16)) {
    case 0:
      return { text: 'causal()', mask: lib.causal(), allows: (q, k) => k <= q };
    case 1:
      return { text: 'everything()', mask: lib.everything(), allows: () => true };
    case 2:
      return { text: 'nothing()', mask: lib.nothing(), allows: () => false };
    case 3: {
      const o = { left: r.int(0, 9), right: r.int(0, 9) };
      if (r.chance(0.2)) o.left = 2147483647;
      return {
        text: `slidingWindow(${JSON.stringify(o)})`,
        mask: lib.slidingWindow(o),
        allows: (q, k) => k >= q - o.left && k <= q + o.right,
      };
    }
    case 4: {
      const o = { left: r.int(0, 4), right: r.int(0, 4), dilation: r.int(1, 5) };
      return {
        text: `dilatedWindow(${JSON.stringify(o)})`,
        mask: lib.dilatedWindow(o),
        allows: (q, k) => mod(k - q, o.dilation) === 0 && k - q >= -o.left * o.dilation && k - q <= o.right * o.dilation,
      };
    }
    case 5: {
      const p = L(40, 5);
      return { text: `globalTokens(${JSON.stringify(p)})`, mask: lib.globalTokens(p), allows: (q, k) => p.includes(q) || p.includes(k) };
    }
    case 6: {
      const b = r.int(1, 10);
      return {
        text: `blockDiagonal({blockSize:${b}})`,
        mask: lib.blockDiagonal({ blockSize: b }),
        allows: (q, k) => floor(q / b) === floor(k / b),
      };
    }
    case 7: {
      const l = r.int(0, 40);
      return { text: `prefix({length:${l}})`, mask: lib.prefix({ length: l }), allows: (_q, k) => k >= 0 && k < l, only: 'nonnegative' };
    }
    case 8: {
      const ids = r.chance(0.5) ? L(4, 50) : L(9, 50).sort((a, b) => a - b);
      return {
        text: `documents(${JSON.stringify(ids)})`,
        mask: lib.documents(ids),
        allows: (q, k) => q >= 0 && k >= 0 && q < ids.length && k < ids.length && ids[q] === ids[k],
      };
    }
    case 9: {
      const l = r.int(0, 40);
      return { text: `keyPadding({lengths:${l}})`, mask: lib.keyPadding({ lengths: l }), allows: (_q, k) => k < l, only: 'nonnegative' };
    }
    case 10: {
      const p = L(40, 5);
      return { text: `keysAt(${JSON.stringify(p)})`, mask: lib.keysAt(p), allows: (_q, k) => p.includes(k) };
    }
    case 11: {
      const p = L(40, 5);
      return { text: `queriesAt(${JSON.stringify(p)})`, mask: lib.queriesAt(p), allows: (q, _k) => p.includes(q) };
    }
    case 12: {
      const o = { blockSize: r.int(1, 7), left: r.int(0, 4), right: r.int(0, 4) };
      return {
        text: `blockWindow(${JSON.stringify(o)})`,
        mask: lib.blockWindow(o),
        allows: (q, k) => {
          const d = floor(k / o.blockSize) - floor(q / o.blockSize);
          return d >= -o.left && d <= o.right;
        },
      };
    }
    case 13: {
      const s = r.int(1, 9);
      return { text: `strided({stride:${s}})`, mask: lib.strided({ stride: s }), byLibrary: true };
    }
    case 14: {
      const s = r.int(1, 9),
        u = Math.min(s, r.int(0, 9));
      return { text: `fixed({stride:${s},summary:${u}})`, mask: lib.fixed({ stride: s, summary: u }), byLibrary: true };
    }
    case 15: {
      const sizes = r.chance(0.6) ? [r.int(1, 7), r.int(1, 8)] : [r.int(1, 3), r.int(1, 4), r.int(1, 5)];
      const n = sizes.reduce((a, b) => a * b, 1);
      const cell = (p) => {
        const c = [];
        let rest = p;
        for (let i = sizes.length - 1; i >= 0; i--) {
          c.unshift(rest % sizes[i]);
          rest = floor(rest / sizes[i]);
        }
        return c;
      };
      const inside = (f) => (q, k) => q >= 0 && k >= 0 && q < n && k < n && f(cell(q), cell(k));
      if (r.chance(0.5)) {
        const radius = sizes.map(() => r.int(0, 4));
        return {
          text: `grid(${JSON.stringify(sizes)}).neighbourhood({radius:${JSON.stringify(radius)}})`,
          mask: lib.grid(sizes).neighbourhood({ radius }),
          allows: inside((a, b) => a.every((x, i) => Math.abs(x - b[i]) <= radius[i])),
        };
      }
      const size = sizes.map(() => r.int(1, 4));
      return {
        text: `grid(${JSON.stringify(sizes)}).tiles({size:${JSON.stringify(size)}})`,
        mask: lib.grid(sizes).tiles({ size }),
        allows: inside((a, b) => a.every((x, i) => floor(x / size[i]) === floor(b[i] / size[i]))),
      };
    }
    default: {
      const parts = { text: r.int(1, 9), image: r.int(1, 15), video: r.int(1, 20) };
      const from = r.pick(Object.keys(parts)),
        to = r.pick(Object.keys(parts));
      const inner = r.chance(0.5) ? undefined : leafPlain(r);
      const start = (n) => {
        let at = 0;
        for (const [k, l] of Object.entries(parts)) {
          if (k === n) return at;
          at += l;
        }
      };
      return {
        text: `segments(${JSON.stringify(parts)}).between(${from},${to},${inner?.text})`,
        mask: lib.segments(parts).between(from, to, ...(inner ? [inner.mask] : [])),
        allows: (q, k) => {
          const a = q - start(from),
            b = k - start(to);
          return a >= 0 && a < parts[from] && b >= 0 && b < parts[to] && (inner === undefined || inner.allows(a, b));
        },
      };
    }
  }
}

export const leafPlain = (r) => {
  for (;;) {
    const l = leaf(r);
    if (l.allows && !/segments/.test(l.text)) return l;
  }
};

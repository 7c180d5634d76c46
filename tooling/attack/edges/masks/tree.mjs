import * as lib from '@longspan/attention-sparse/mask';
import { leaf, leafPlain, mod } from './leaf.mjs';

/** Masks that differ by head or batch row. */
function varied(r) {
  switch (r.int(0, 4)) {
    case 0: {
      const ls = [0, 1, 2].map(() => leafPlain(r));
      return {
        text: `perHead([${ls.map((l) => l.text)}])`,
        mask: lib.perHead(ls.map((l) => l.mask)),
        allows: (q, k, h) => ls[h].allows(q, k),
      };
    }
    case 1: {
      const ls = [0, 1].map(() => leafPlain(r));
      return {
        text: `perBatch([${ls.map((l) => l.text)}])`,
        mask: lib.perBatch(ls.map((l) => l.mask)),
        allows: (q, k, _h, b) => ls[b].allows(q, k),
      };
    }
    case 2: {
      const d = [r.int(1, 4), r.int(1, 4), r.int(1, 4)],
        left = r.int(0, 4),
        right = r.int(0, 4);
      return {
        text: `dilatedWindow(${left},${right},${d})`,
        mask: lib.dilatedWindow({ left, right, dilation: d }),
        allows: (q, k, h) => mod(k - q, d[h]) === 0 && k - q >= -left * d[h] && k - q <= right * d[h],
      };
    }
    case 3: {
      const l = [r.int(0, 40), r.int(0, 40)];
      return { text: `keyPadding(${l})`, mask: lib.keyPadding({ lengths: l }), allows: (_q, k, _h, b) => k < l[b] };
    }
    default: {
      const p = [r.list(0, 4, () => r.int(0, 40)), r.list(0, 4, () => r.int(0, 40))];
      return { text: `keysAt(${JSON.stringify(p)})`, mask: lib.keysAt(p), allows: (_q, k, _h, b) => p[b].includes(k) };
    }
  }
}

const own = (r) => {
  const s = r.int(1, 99);
  const rule = (q, k) => ((q * 7919 + k * 104729 + s) & 4) === 0;
  return { text: `mask(noise ${s})`, mask: lib.mask({ name: `noise ${s}`, allows: rule }), allows: rule, noJSON: true };
};

/** A tree of masks with its rule. */
export function tree(r, depth, withVaried) {
  if (depth === 0 || r.chance(0.2)) {
    const l = withVaried && r.chance(0.3) ? varied(r) : r.chance(0.08) ? own(r) : leaf(r);
    if (l.byLibrary) {
      const m = l.mask;
      l.allows = (q, k) => m.allows(q, k);
    }
    return l;
  }
  const one = tree(r, depth - 1, withVaried);
  if (r.chance(0.25)) return { text: `${one.text}.not()`, mask: one.mask.not(), allows: (...a) => !one.allows(...a), noJSON: one.noJSON };
  const other = tree(r, depth - 1, withVaried);
  return r.chance(0.5)
    ? {
        text: `${one.text}.and(${other.text})`,
        mask: one.mask.and(other.mask),
        allows: (...a) => one.allows(...a) && other.allows(...a),
        noJSON: one.noJSON || other.noJSON,
      }
    : {
        text: `${one.text}.or(${other.text})`,
        mask: one.mask.or(other.mask),
        allows: (...a) => one.allows(...a) || other.allows(...a),
        noJSON: one.noJSON || other.noJSON,
      };
}

import { inspect } from 'node:util';
import { cost } from '@longspan/attention-sparse/analysis';
import * as lib from '@longspan/attention-sparse/mask';
import { ExplainedError } from '@longspan/core-tensor/error';
import { tree } from './tree.mjs';

/** A tree against its rule: allows, cover, counts, JSON, names. */
export function semantic(r, { find }) {
  const withVaried = r.chance(0.4);
  const t = tree(r, r.int(0, 5), withVaried);
  const m = t.mask;
  const of = (kind, severity, more, expected, got) => find({ severity, kind, signature: kind, input: `${t.text}; ${more}`, expected, got });
  const heads = m.heads,
    batch = m.batch;
  for (let h = 0; h < heads; h++)
    for (let b = 0; b < batch; b++) {
      const one = m.select({ head: h, batch: b });
      for (let i = 0; i < 25; i++) {
        const q = r.int(0, 60),
          k = r.int(0, 60);
        const [e, g] = [t.allows(q, k, h, b), one.allows(q, k)];
        if (e !== g) return of('allows differs from the definition', 'high', `head ${h} row ${b} allows(${q}, ${k})`, e, g);
      }
      for (let i = 0; i < 8; i++) {
        const q0 = r.int(-5, 50),
          k0 = r.int(-5, 50);
        const qs = { start: q0, end: q0 + r.int(1, 14) },
          ks = { start: k0, end: k0 + r.int(1, 14) };
        const said = one.cover(qs, ks),
          whole = m.cover(qs, ks);
        let any = false,
          all = true;
        for (let q = qs.start; q < qs.end; q++)
          for (let k = ks.start; k < ks.end; k++) {
            const isAllowed = one.allows(q, k);
            any ||= isAllowed;
            all &&= isAllowed;
          }
        for (const [who, what] of [
          ['select().cover', said],
          ['cover', whole],
        ])
          if ((what === 'all' && !all) || (what === 'none' && any) || !['all', 'none', 'some'].includes(what))
            return of(
              'cover contradicts allows',
              'high',
              `head ${h} row ${b} ${who} ${JSON.stringify([qs, ks])}`,
              any ? (all ? 'all or some' : 'some') : 'none or some',
              what,
            );
      }
    }
  // Counts and drawings.
  const n = r.int(1, 40),
    nk = r.chance(0.5) ? n : r.int(1, 48),
    offset = r.chance(0.5) ? nk - n : r.int(0, 20),
    bs = r.int(1, 17);
  const where = { queryLength: n, keyLength: nk, queryOffset: offset };
  let pairs = 0;
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < nk; j++) {
          const v = offset + i >= 0 && t.allows(offset + i, j, h, b);
          if (offset + i < 0) return;
          if (v) pairs++;
        }
  const c = cost(m, { ...where, blockSize: bs });
  const found = c.visitedPairs;
  if (found !== pairs && found * 1 !== pairs) {
    // per head and row in all
    return of('cost counts other pairs', 'high', JSON.stringify({ ...where, blockSize: bs, heads, batch }), pairs, found);
  }
  if (heads === 1 && batch === 1 && r.chance(0.5)) {
    const d = lib.drawMask(m, { ...where, size: Math.max(n, nk) });
    const lines = d.split('\n');
    const expect = Array.from({ length: n }, (_, i) =>
      Array.from({ length: nk }, (_, j) => (t.allows(offset + i, j, 0, 0) ? '█' : '·')).join(''),
    );
    if (Math.max(n, nk) <= 40 && lines.join('\n') !== expect.join('\n'))
      of('drawMask draws another mask', 'medium', JSON.stringify(where), expect.join('/'), lines.join('/'));
    lib.checkMask(m, { ...where, rectangles: 100 });
  }
  // JSON.
  if (!t.noJSON) {
    const json = JSON.stringify(m.toJSON());
    const again = lib.maskFromJSON(JSON.parse(json));
    if (JSON.stringify(again.toJSON()) !== json) of('JSON round trip', 'high', json, json, JSON.stringify(again.toJSON()));
    if (!lib.equalMasks(m, again) || !lib.equalMasks(again, m)) of('equalMasks of what was read again', 'medium', json, true, false);
    if (again.name !== m.name) of('name of what was read again', 'low', json, m.name, again.name);
    if (again.heads !== heads || again.batch !== batch)
      of('heads of what was read again', 'high', json, [heads, batch], [again.heads, again.batch]);
    const other = r.chance(0.5) ? tree(r, r.int(0, 2), false) : t;
    if (!other.noJSON && lib.equalMasks(m, other.mask))
      for (let q = 0; q < 50; q += 3)
        for (let k = 0; k < 50; k += 3)
          if (heads * batch === 1 && other.mask.heads * other.mask.batch === 1 && m.allows(q, k) !== other.mask.allows(q, k))
            return of('equal masks that differ', 'high', `${other.text} at ${q},${k}`, 'not equal', 'equal');
  } else {
    let threw;
    try {
      m.toJSON();
    } catch (e) {
      threw = e;
    }
    if (!(threw instanceof ExplainedError)) of('JSON of a rule without JSON', 'medium', '', 'an error of ours', String(threw));
  }
  for (const [what, s] of [
    ['name', m.name],
    ['String', String(m)],
    ['inspect', inspect(m)],
  ])
    if (s.length > 200000) of(`long ${what}`, 'low', '', 'bounded', s.length);
}

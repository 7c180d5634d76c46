import { cost, createLayout, receptiveField } from '@longspan/attention-sparse/analysis';
import * as lib from '@longspan/attention-sparse/mask';
import { cpuSeconds } from '../../cpu-seconds.ts';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { tree } from './tree.mjs';

/** JSON of strangers. */
const words = [
  'causal',
  'slidingWindow',
  'dilatedWindow',
  'globalTokens',
  'blockDiagonal',
  'strided',
  'fixed',
  'bigbird',
  'prefix',
  'documents',
  'keyPadding',
  'and',
  'or',
  'not',
  'everything',
  'nothing',
  'perHead',
  'perBatch',
  'keysAt',
  'queriesAt',
  'blockWindow',
  'gridNeighbourhood',
  'gridTiles',
  'gridShiftedWindows',
  'segments',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
];

const fields = [
  'of',
  'left',
  'right',
  'size',
  'stride',
  'summary',
  'positions',
  'ids',
  'lengths',
  'shape',
  'length',
  'queries',
  'keys',
  'from',
  'to',
  'randomBlocks',
  'radius',
  'window',
  'shift',
  'dilation',
  'block',
  'windowBlocks',
  'globalBlocks',
  '__proto__',
  'constructor',
  'kind',
];

/** Anything that JSON can hold. */
function junk(r, depth) {
  const x = r.int(0, 11);
  if (depth === 0 || x < 5)
    return r.pick([
      0,
      1,
      -1,
      3,
      17,
      1.5,
      -0,
      2 ** 31,
      2 ** 31 - 1,
      2 ** 53,
      Number.POSITIVE_INFINITY,
      -5,
      null,
      true,
      '',
      'a',
      'text',
      '\ud800',
      'x'.repeat(r.log(1, 5000)),
      1073741824,
    ]);
  if (x < 8) return r.chance(0.03) ? r.list(0, 2000, () => junk(r, 0)) : r.list(0, 5, () => junk(r, depth - 1));
  const o = {};
  for (const f of r.list(0, 5, () => r.pick(fields)))
    Object.defineProperty(o, f, { value: junk(r, depth - 1), enumerable: true, configurable: true, writable: true });
  if (r.chance(0.8)) Object.defineProperty(o, 'kind', { value: r.pick(words), enumerable: true, configurable: true, writable: true });
  return o;
}

export function stranger(r, { find, label }) {
  let node;
  if (r.chance(0.6)) {
    const t = tree(r, r.int(0, 4), r.chance(0.3));
    if (t.noJSON) return;
    node = JSON.parse(JSON.stringify(t.mask.toJSON()));
    for (let i = r.int(1, 3); i > 0; i--) {
      const spots = [];
      const walk = (v) => {
        if (typeof v !== 'object' || v === null) return;
        for (const k of Object.keys(v)) {
          spots.push([v, k]);
          walk(v[k]);
        }
      };
      walk(node);
      if (spots.length === 0) break;
      const [v, k] = r.pick(spots);
      const how = r.int(0, 4);
      if (how === 0) v[k] = junk(r, 2);
      else if (how === 1 && !Array.isArray(v)) delete v[k];
      else if (how === 2) v[k] = typeof v[k] === 'number' ? v[k] * r.pick([-1, 0.5, 1000, 1e6, 2 ** 31]) : [v[k]];
      else if (how === 3 && Array.isArray(v)) v.push(structuredClone(v[k]));
      else if (!Array.isArray(v)) v[r.pick(fields)] = junk(r, 1);
    }
  } else node = junk(r, 5);
  const text = shown(node, 2400);
  label(`stranger ${text}`);
  const since = cpuSeconds();
  let m;
  try {
    m = lib.maskFromJSON(node);
  } catch (e) {
    const f = faultOfError(e);
    if (f)
      find({
        severity: f.severity,
        kind: `maskFromJSON: ${f.kind}`,
        signature: `json:${f.kind}:${f.frame.slice(0, 50)}:${f.kind === 'odd first line' ? '' : f.text.slice(0, 40)}`,
        input: text,
        expected: 'a result or an error of ours',
        got: `${f.text} ${f.frame}`,
      });
  }
  if (m !== undefined)
    for (const [what, run] of [
      ['name', () => m.name],
      ['toJSON', () => JSON.stringify(m.toJSON())],
      ['cost', () => cost(m, { queryLength: 64, blockSize: 16 })],
      ['layout', () => createLayout(m, { queryLength: 64, blockSize: 16 })],
      ['draw', () => (m.heads * m.batch > 1 ? lib.drawMask(m, { queryLength: 20, head: 0, batch: 0 }) : lib.drawMask(m, 20))],
      ['equal', () => lib.equalMasks(m, lib.maskFromJSON(m.toJSON()))],
      ['receptiveField', () => m.heads === 1 && m.batch === 1 && receptiveField([m, m], { length: 40, blockSize: 8 })],
      ['check', () => m.heads === 1 && m.batch === 1 && lib.checkMask(m, { queryLength: 40, keyLength: 40, rectangles: 50 })],
    ]) {
      try {
        const v = run();
        if (what === 'equal' && v !== true)
          find({ severity: 'medium', kind: 'equalMasks of its own JSON', signature: 'json equal', input: text, expected: true, got: v });
      } catch (e) {
        const f = faultOfError(e);
        if (f || what === 'check' || what === 'name')
          find({
            severity: 'medium',
            kind: `${what} of a mask that was read: ${f?.kind ?? 'error'}`,
            signature: `json ${what}:${f?.frame.slice(0, 50) ?? ''}:${(f?.text ?? e.message).slice(0, 40)}`,
            input: text,
            expected: 'a result or an error of ours',
            got: f ? `${f.text} ${f.frame}` : e.message,
          });
      }
    }
  if (m !== undefined) {
    // What was written must be what was read: every list of a segments node keeps its length.
    const of = (v, found = []) => {
      if (typeof v === 'object' && v !== null) {
        if (v.kind === 'segments') found.push(`${v.queries?.length} ${v.keys?.length} ${v.from} ${v.to}`);
        for (const each of Object.values(v)) of(each, found);
      }
      return found.sort();
    };
    const [before, after] = [of(node), of(m.toJSON())];
    if (before.join(';') !== after.join(';'))
      find({
        severity: 'medium',
        kind: 'segments of JSON are not those that were written (names twice)',
        input: text,
        expected: before.join('; '),
        got: after.join('; '),
      });
  }
  const used = cpuSeconds() - since;
  if (used > 3)
    find({
      severity: 'medium',
      kind: 'slow mask of a stranger',
      signature: 'json slow',
      input: text,
      expected: 'under 3 s for 64 tokens',
      got: `${used.toFixed(1)} s`,
    });
  if ({}.polluted !== undefined || Object.keys(Object.prototype).length > 0)
    find({ severity: 'high', kind: 'prototype pollution', input: text, expected: 'none', got: Object.keys(Object.prototype) });
}

import { createLayout, keysAt } from '@longspan/attention-sparse';
import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { anyMask, type Rule } from '../masks.ts';
import type { Learned, RefCall, RefTerm } from '../reference.ts';
import { size } from '../tensors.ts';
import { poison } from './poison.ts';

/** A call of attention, for the library and for the definition. */
export interface Drawn {
  call: RefCall;
  options: (learned: Map<Float32Array, tf.Tensor>) => Loose;
  learned: Learned[];
  layout: Loose;
  target: string;
}

/** Shapes, mask or layout, chosen blocks and score terms of one call. */
export function draw(c: Case, style: { terms?: boolean; poison?: boolean; large?: boolean; selected?: boolean; dropout?: boolean }): Drawn {
  const r = c.rng;
  const H = r.pick([1, 1, 2, 3, 4, 6]);
  const HK = r.pick([1, 2, 3, H].filter((x) => H % x === 0));
  const B = r.int(1, 3);
  const D = r.pick([1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 32, 33, 64, 80]);
  const DV = r.chance(0.4) ? D : r.pick([1, 2, 3, 4, 6, 8, 15, 16, 20, 32, 65]);
  const limit = style.large ? 8e6 : 1.2e6;
  let NQ = r.chance(0.3) ? r.int(1, 12) : r.int(1, style.large ? 400 : 140);
  let NK = r.chance(0.6) ? NQ : r.int(1, style.large ? 400 : 140);
  while (B * H * NQ * NK * (D + DV) > limit) {
    if (r.chance()) NQ = Math.ceil(NQ * 0.7);
    else NK = Math.ceil(NK * 0.7);
  }
  if (r.chance(0.4)) NQ = NK = Math.min(NQ, NK);
  const queryOffset = r.chance(0.7) ? NK - NQ : r.int(-5, 20);
  const giveOffset = queryOffset !== NK - NQ || r.chance(0.2);
  const blockSize = r.chance(0.25) ? undefined : r.pick([1, 2, 3, 4, 5, 7, 8, 16, 16, 31, 32, 33, 64, 128]);
  const tiny = Math.max(NQ, NK) > 60 && blockSize !== undefined && blockSize < 4;
  const bs = tiny ? 8 : blockSize;
  const rule: Rule | undefined = r.chance(0.12) ? undefined : anyMask(r, NQ, NK, B, H);
  const mag = r.pick([0.3, 1, 1, 1, 3, 10]);
  const q = r.normals(B * H * NQ * D, mag);
  const k = r.normals(B * HK * NK * D, r.pick([0.3, 1, 1, 3]));
  const v = r.normals(B * HK * NK * DV, r.pick([0.01, 1, 1, 100]));
  const scale = r.chance(0.6) ? undefined : r.pick([1, 0.1, -0.5, 2, 0]);
  const layoutOptions: Loose = { queryLength: NQ, keyLength: NK, queryOffset, ...(bs === undefined ? {} : { blockSize: bs }) };
  const useSelected = style.selected ?? r.chance(0.2);
  const layoutMask = rule?.mask ?? keysAt(Array.from({ length: NK }, (_, j) => j));
  const layout = createLayout(layoutMask, layoutOptions);
  const size0 = layout.blockSize;
  const QB = Math.ceil(NQ / size0);
  const KB = Math.ceil(NK / size0);
  let selected: { data: Int32Array; shape: number[] } | undefined;
  let selectedSees: ((b: number, h: number, i: number, j: number) => boolean) | undefined;
  if (useSelected) {
    const sb = r.pick([1, B]);
    const sh = r.pick([1, H]);
    const width = r.int(1, Math.min(KB + 1, 6));
    const data = new Int32Array(sb * sh * QB * width).fill(-1);
    const sets: Set<number>[] = [];
    for (let row = 0; row < sb * sh * QB; row++) {
      const blocks = r.shuffled(Array.from({ length: KB }, (_, x) => x)).slice(0, r.int(0, Math.min(width, KB)));
      if (r.chance(0.5)) blocks.sort((x, y) => x - y);
      const places = r.shuffled(Array.from({ length: width }, (_, x) => x)).slice(0, blocks.length);
      if (r.chance(0.6)) places.sort((x, y) => x - y);
      blocks.forEach((block, x) => {
        data[row * width + places[x]!] = block;
      });
      sets.push(new Set(blocks));
    }
    selected = { data, shape: [sb, sh, QB, width] };
    selectedSees = (b, h, i, j) =>
      sets[((sb === 1 ? 0 : b) * sh + (sh === 1 ? 0 : h)) * QB + Math.floor(i / size0)]!.has(Math.floor(j / size0));
  }
  const visible: RefCall['visible'] = (b, h, i, j) => {
    if (selectedSees?.(b, h, i, j)) return true;
    if (rule === undefined) return !useSelected;
    return rule.allows(queryOffset + i, j, b, h);
  };
  const learned: Learned[] = [];
  const terms: RefTerm[] = [];
  const makers: ((m: Map<Float32Array, tf.Tensor>) => Loose)[] = [];
  const L = (shape: number[], mg: number): Learned => {
    const x = { data: r.normals(size(shape), mg), shape };
    learned.push(x);
    return x;
  };
  const target = r.pick(['sparse', 'sparse', 'sparse', 'layout', 'block', 'dense']);
  let span = false;
  const hidden: Learned[] = [];
  if (style.terms ?? r.chance(0.6)) {
    const many = r.int(1, 3);
    for (let x = 0; x < many; x++) {
      const kind = r.pick([
        'alibi',
        'bias',
        'bias',
        'tile',
        'cellBias',
        'distanceBias',
        'distanceBias',
        'softCap',
        'spanRamp',
        'keyLengths',
        'originalPositions',
        'relativePositions',
        'attentionSink',
      ]);
      if (terms.some((t) => t.kind === kind) && !['bias', 'softCap', 'distanceBias'].includes(kind)) continue;
      if (span && kind === 'softCap') continue;
      if (kind === 'alibi') {
        const slopes = L([H], 0.3);
        terms.push({ kind, slopes });
        makers.push((m) => C.alibi(m.get(slopes.data)!));
      }
      if (kind === 'bias') {
        const bias = L([r.pick([1, B]), r.pick([1, H]), NQ, NK], r.pick([0.5, 1, 4]));
        terms.push({ kind, bias });
        makers.push((m) => C.bias(m.get(bias.data)!));
      }
      if (kind === 'tile' && !useSelected && (target === 'layout' || target === 'block')) {
        const entries = layout.indices.length;
        if (entries === 0 || entries * size0 * size0 > 200000) continue;
        const bias = L([entries, size0, size0], 1);
        const table = new Map<string, number>();
        for (let b = 0; b < layout.batch; b++)
          for (let h = 0; h < layout.heads; h++)
            for (let x2 = 0; x2 < QB; x2++) {
              const row = (b * layout.heads + h) * QB + x2;
              for (let e = layout.indptr[row]!; e < layout.indptr[row + 1]!; e++) table.set(`${b},${h},${x2},${layout.indices[e]}`, e);
            }
        terms.push({
          kind,
          bias,
          at: (b, h, i, j) => {
            const e = table.get(
              `${layout.batch === 1 ? 0 : b},${layout.heads === 1 ? 0 : h},${Math.floor(i / size0)},${Math.floor(j / size0)}`,
            )!;
            return (e * size0 + (i % size0)) * size0 + (j % size0);
          },
        });
        makers.push((m) => C.blockBias(m.get(bias.data)!));
      }
      if (kind === 'cellBias' && !terms.some((t) => t.kind === 'originalPositions')) {
        const n = r.int(1, 9);
        const table = L([r.pick([1, H]), n, n], 1);
        terms.push({ kind, table });
        makers.push((m) => C.cellBias(m.get(table.data)!));
      }
      if (kind === 'distanceBias') {
        const n = r.int(1, 40);
        const table = L([r.pick([1, H]), n], 1);
        const center = r.int(0, n - 1);
        terms.push({ kind, table, center });
        makers.push((m) => C.distanceBias(m.get(table.data)!, { center }));
      }
      if (kind === 'softCap') {
        const cap = r.pick([0.5, 2, 5, 30]);
        terms.push({ kind, cap });
        makers.push(() => C.softCap(cap));
      }
      if (kind === 'spanRamp') {
        span = true;
        const sp = L([H], 6);
        for (let y = 0; y < H; y++) sp.data[y] = Math.fround(Math.abs(sp.data[y]!) + 0.37);
        const ramp = r.pick([1, 3, 8, 2.5]);
        terms.push({ kind, span: sp, ramp });
        makers.push((m) => C.spanRamp({ span: m.get(sp.data)!, ramp }));
      }
      if (kind === 'keyLengths') {
        const lengths = Int32Array.from({ length: B }, () => r.int(0, NK));
        terms.push({ kind, lengths });
        makers.push(() => C.keyLengths(tf.tensor1d(lengths, 'int32')));
      }
      if (kind === 'originalPositions' && !terms.some((t) => t.kind === 'cellBias' || t.kind === 'relativePositions')) {
        const draw2 = (n: number) => {
          const shape = [r.pick([1, B]), r.pick([1, H]), n];
          return { shape, data: Int32Array.from({ length: size(shape) }, () => (r.chance(0.1) ? -1 - r.int(0, 2) : r.int(0, 60))) };
        };
        const query = draw2(NQ);
        const key = draw2(NK);
        const causal = r.chance();
        const selfScore = r.chance(0.4) ? r.pick([-1e5, -5e4, 2]) : undefined;
        terms.push({ kind, query, key, causal, selfScore });
        makers.push(() =>
          C.originalPositions({
            query: tf.tensor(query.data, query.shape, 'int32'),
            key: tf.tensor(key.data, key.shape, 'int32'),
            causal,
            ...(selfScore === undefined ? {} : { selfScore }),
          }),
        );
      }
      if (kind === 'relativePositions' && !terms.some((t) => t.kind === 'originalPositions')) {
        const R = r.int(1, 50);
        const rr = L([H, R, D], 0.5);
        const u = L([H, D], 0.5);
        const vv = L([H, D], 0.5);
        terms.push({ kind, r: rr, u, v: vv });
        makers.push((m) => C.relativePositions({ r: m.get(rr.data)!, u: m.get(u.data)!, v: m.get(vv.data)! }));
      }
      if (kind === 'attentionSink') {
        const logits = L([H], 2);
        terms.push({ kind, logits });
        makers.push((m) => C.attentionSink(m.get(logits.data)!));
      }
    }
  }
  // originalPositions with a self score replaces what came before: let it stand last, so that the order says nothing new.
  const at = terms.findIndex((t) => t.kind === 'originalPositions');
  if (at >= 0) {
    terms.push(...terms.splice(at, 1));
    makers.push(...makers.splice(at, 1));
  }
  const call: RefCall = {
    B,
    H,
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
    visible,
    terms,
    w: r.normals(B * H * NQ * DV),
    u: r.chance(0.5) ? r.normals(B * H * NQ) : new Float32Array(B * H * NQ),
  };
  if (style.poison) poison(c, call, learned, hidden);
  c.note({
    target,
    B,
    H,
    HK,
    NQ,
    NK,
    D,
    DV,
    queryOffset,
    blockSize: bs,
    size0,
    mask: rule?.label,
    scale,
    selected: selected?.shape,
    terms: terms.map((t) => t.kind),
    mag,
  });
  const options = (m: Map<Float32Array, tf.Tensor>) => {
    const o: Loose = {};
    if (scale !== undefined) o.scale = scale;
    if (makers.length > 0) o.score = makers.map((f) => f(m));
    if (selected) o.selected = tf.tensor(selected.data, selected.shape, 'int32');
    if (target === 'block') {
      o.layout = rule === undefined && useSelected ? createLayout(keysAt([]), layoutOptions) : layout;
      return o;
    }
    if (target === 'layout') {
      if (rule !== undefined || !useSelected) {
        o.layout = layout;
        return o;
      }
    }
    if (rule) o.mask = rule.mask;
    if (bs !== undefined) o.blockSize = bs;
    if (giveOffset) o.queryOffset = queryOffset;
    return o;
  };
  return { call, options, learned, layout, target };
}

import { denseAttention, sparseAttention } from '@longspan/attention-sparse';
import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { type RefCall, reference } from '../reference.ts';
import { read } from '../tensors.ts';
import { compare } from './compare.ts';
import { type Drawn, draw } from './draw.ts';

/** A list of weights per (b, h, i): v is the identity. */
export async function dropoutCase(c: Case): Promise<void> {
  const r = c.rng;
  const d = draw(c, { terms: false, selected: r.chance(0.2), dropout: true });
  const { call } = d;
  const { B, H, HK, NQ, NK, D } = call;
  if (B * H * NQ * NK * NK > 4e6) return;
  const rate = r.pick([0.05, 0.1, 0.25, 0.5, 0.9, 0.97]);
  const key = C.createKey(r.int(0, 1e9));
  const steps = Math.round(rate * 2039);
  const scale = 1 / (1 - steps / 2039);
  c.note({ rate, words: key.words });
  const identity = new Float32Array(B * HK * NK * NK);
  for (let b = 0; b < B * HK; b++) for (let j = 0; j < NK; j++) identity[(b * NK + j) * NK + j] = 1;
  const q = tf.tensor4d(call.q, [B, H, NQ, D]);
  const k = tf.tensor4d(call.k, [B, HK, NK, D]);
  const v = tf.tensor4d(identity, [B, HK, NK, NK]);
  const options = d.options(new Map());
  options.score = [...(options.score ?? []), C.attentionDropout({ key, rate })];
  const y =
    d.target === 'dense'
      ? denseAttention(q, k, v, options)
      : d.target === 'block'
        ? C.blockSparseAttention(q, k, v, options)
        : sparseAttention(q, k, v, options);
  const got = await read(y.out);
  const { p } = reference(call, true);
  const kept = new Float32Array(B * H * NQ * NK);
  let n = 0;
  let seen = 0;
  const wrong: unknown[] = [];
  for (let a = 0; a < kept.length; a++) {
    const x = p[a]!;
    if (x === 0) {
      if (got[a] !== 0) wrong.push({ at: a, expected: 0, got: got[a] });
      continue;
    }
    if (x < 1e-6) {
      kept[a] = got[a]! > 0 ? scale : 0;
      continue;
    }
    seen++;
    if (got[a]! === 0) continue;
    kept[a] = scale;
    n++;
    if (Math.abs(got[a]! / (x * scale) - 1) > 1e-3) wrong.push({ at: a, expected: x * scale, got: got[a] });
  }
  if (wrong.length > 0) c.report('high', 'dropout: a kept weight is not p / (1 - rate)', { wrong: wrong.length, first: wrong[0] });
  const share = n / Math.max(1, seen);
  const q1 = 1 - steps / 2039;
  if (seen > 200 && Math.abs(share - q1) > 6 * Math.sqrt((q1 * (1 - q1)) / seen))
    c.report('high', 'dropout: share of kept pairs', { expected: q1, got: share, of: seen });
  // the same pairs with other values and lengths, and the gradients
  const keep: RefCall['keep'] = (b, h, i, j) => kept[((b * H + h) * NQ + i) * NK + j]!;
  const options2 = d.options;
  const again: Drawn = {
    ...d,
    options: (m) => {
      const o = options2(m);
      o.score = [...(o.score ?? []), C.attentionDropout({ key, rate })];
      return o;
    },
  };
  // pairs whose weight is below float32 of the identity run stay out of reach
  await compare(c, again, true, keep);
  if (c.backend !== 'cpu') {
    // the same pairs as denseAttention
    const o = d.options(new Map());
    o.score = [C.attentionDropout({ key, rate })];
    if (o.layout === undefined) {
      const dense = await read(denseAttention(q, k, v, o).out);
      let differ = 0;
      for (let a = 0; a < dense.length; a++) if (p[a]! > 1e-6 && (dense[a] === 0) !== (got[a] === 0)) differ++;
      if (differ > 0) c.report('high', 'dropout: other pairs than denseAttention', { differ });
    }
  }
}

import { attentionWeights, sparseAttention } from '@longspan/attention-sparse';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { reference } from '../reference.ts';
import { EPS, read } from '../tensors.ts';
import { draw } from './draw.ts';

/** attentionWeights of some queries: keys ascending, weights of the definition. */
export async function weightsCase(c: Case): Promise<void> {
  const r = c.rng;
  const d = draw(c, { selected: false });
  const { call } = d;
  const { B, H, HK, NQ, NK, D, DV } = call;
  if (d.target === 'block' || d.target === 'layout' || call.terms.some((t) => t.kind === 'tile')) return;
  const m = new Map<Float32Array, tf.Tensor>();
  for (const l of d.learned) m.set(l.data, tf.tensor(l.data, l.shape));
  const o = d.options(m);
  const q = tf.tensor4d(call.q, [B, H, NQ, D]);
  const k = tf.tensor4d(call.k, [B, HK, NK, D]);
  const v = tf.tensor4d(call.v, [B, HK, NK, DV]);
  const { logSumExp } = sparseAttention(q, k, v, o);
  const queries = r.shuffled(r.subset(NQ, 0.3));
  if (queries.length === 0) queries.push(r.int(0, NQ - 1));
  const { keys, weights } = attentionWeights(q, k, { ...o, logSumExp, queries });
  const { p, lse } = reference(call, true);
  const gotK = await read(keys);
  const gotW = await read(weights);
  const width = keys.shape[3]!;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let x = 0; x < queries.length; x++) {
        const i = queries[x]!;
        const row = (b * H + h) * NQ + i;
        if (lse.value[row] === -Infinity) continue;
        const base = ((b * H + h) * queries.length + x) * width;
        const have = new Map<number, number>();
        let last = -1;
        let ended = false;
        for (let a = 0; a < width; a++) {
          const j = gotK[base + a]!;
          if (j === -1) {
            ended = true;
            if (gotW[base + a] !== 0) c.report('medium', 'attentionWeights: weight at -1', { got: gotW[base + a] });
            continue;
          }
          if (ended || j <= last) {
            c.report('medium', 'attentionWeights: keys not ascending', {});
            return;
          }
          last = j;
          have.set(j, gotW[base + a]!);
        }
        for (let j = 0; j < NK; j++) {
          const e = 40 * EPS * (4 + Math.abs(lse.value[row]!)) + lse.tolerance[row]! * 2;
          const g = have.get(j) ?? 0;
          const want = p[row * NK + j]!;
          if (!(Math.abs(g - want) <= want * e + 1e-7)) {
            c.report('high', 'attentionWeights', { query: i, key: j, expected: want, got: g });
            return;
          }
        }
      }
}

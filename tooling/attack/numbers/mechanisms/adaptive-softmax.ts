import * as C from '@longspan/core-tensor';
import * as X from '@longspan/memory-xl';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read } from '../tensors.ts';
import { T } from './arrays.ts';
import { mm } from './projections.ts';

/** Adaptive softmax (arXiv 1609.04309): clusters share the head with the frequent words; probabilities sum to 1. */
export async function adaptiveSoftmax(c: Case, n: number): Promise<void> {
  const r = c.rng;
  const width = r.int(2, 6);
  const Vn = r.int(4, 12);
  const cut = r.chance() ? [r.int(2, Vn - 1)] : r.chance() && Vn > 6 ? [3, 5] : [];
  const div = r.pick([1, 2]);
  if (cut.length > 0 && width < div ** cut.length) return;
  const layer = X.adaptiveSoftmax({ vocabulary: Vn, width, ...(cut.length ? { cutoffs: cut, widthDivisor: div } : {}) });
  if (div === 2 && width < 4) return;
  const P: Loose = { ...layer.init(C.createKey(5)) };
  for (const k of Object.keys(P)) P[k] = T(r.normals(P[k].size, 0.7), P[k].shape);
  const x = r.normals(n * width);
  const tg = Array.from({ length: n }, () => (r.chance(0.15) ? -100 : r.int(0, Vn - 1)));
  c.note({ width, Vn, cut, div, tg, names: Object.keys(P) });
  const asTensor = r.chance();
  const y = await read(layer.apply(P, T(x, [n, width]), { targets: asTensor ? tf.tensor1d(tg, 'int32') : tg }));
  const lp = await read(layer.logProbabilities.apply(P, T(x, [n, width])));
  for (let i = 0; i < n; i++) {
    let s = 0;
    for (let t = 0; t < Vn; t++) s += Math.exp(lp[i * Vn + t]!);
    if (Math.abs(s - 1) > 1e-4) {
      c.report('high', 'adaptiveSoftmax: probabilities do not sum to 1', { got: s });
      break;
    }
  }
  c.close(
    'adaptiveSoftmax: loss is −log p',
    y,
    tg.map((t, i) => (t === -100 ? 0 : -lp[i * Vn + t]!)),
    3e-5,
  );
  if (cut.length === 1 && (div === 1 || P['out_layers.1.weight'])) {
    const c0 = cut[0]!;
    const w0 = div === 1 ? (await read(P['out_layers.0.weight'])).slice(0, c0 * width) : await read(P['out_layers.0.weight']);
    const b0 = (await read(P['out_layers.0.bias'])).slice(0, c0);
    const hasProj = P['out_projs.0'] !== undefined;
    if (hasProj) return;
    const head = mm(x, n, width, [...w0, ...(await read(P['cluster_weight']))], c0 + 1, [...b0, ...(await read(P['cluster_bias']))]);
    for (let i = 0; i < n; i++) {
      const z = head.slice(i * (c0 + 1), (i + 1) * (c0 + 1));
      const m = Math.max(...z);
      const L = m + Math.log(z.reduce((a, v) => a + Math.exp(v - m), 0));
      for (let t = 0; t < c0; t++)
        if (Math.abs(lp[i * Vn + t]! - (z[t]! - L)) > 1e-4) {
          c.report('high', 'adaptiveSoftmax: head', { expected: z[t]! - L, got: lp[i * Vn + t] });
          return;
        }
    }
  }
  const used = Object.keys(P);
  try {
    const gs = tf.grads(
      (...ps: tf.Tensor[]) =>
        tf.sum(
          layer.apply(Object.fromEntries(used.map((k, i) => [k, ps[i + 1]!])), ps[0]!, { targets: tf.tensor1d(tg, 'int32') }),
        ) as tf.Scalar,
    )([T(x, [n, width]), ...used.map((k) => P[k])]);
    const gl = tf.grads(
      (...ps: tf.Tensor[]) =>
        tf.neg(
          tf.sum(
            tf.mul(
              layer.logProbabilities.apply(Object.fromEntries(used.map((k, i) => [k, ps[i + 1]!])), ps[0]!),
              T(
                Float32Array.from({ length: n * Vn }, (_, at) => +(tg[Math.floor(at / Vn)] === at % Vn)),
                [n, Vn],
              ),
            ),
          ),
        ) as tf.Scalar,
    )([T(x, [n, width]), ...used.map((k) => P[k])]);
    for (let i = 0; i < gs.length; i++) {
      const w = await read(gl[i]!);
      c.close(`adaptiveSoftmax: gradient of ${i === 0 ? 'x' : used[i - 1]!.replace(/\d/, 'i')}`, await read(gs[i]!), w, 1e-4);
    }
  } catch (e) {
    if (!/Cannot compute gradient/.test(String((e as Error).message))) throw e;
  }
}

import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { act, slope } from './activations.ts';
import { T } from './arrays.ts';

/** GELU (arXiv 1606.08415), exact and by tanh. */
export async function gelu(c: Case): Promise<void> {
  const r = c.rng;
  const n = r.int(1, 300);
  const tanh = r.chance();
  const mg = r.pick([0.1, 1, 3, 30, 1e6]);
  const x = r.normals(n, mg);
  x[0] = r.pick([0, -0, 1e-20, 1e-40, 12, -12, 5, -5, -6.5]);
  const g = r.normals(n);
  c.note({ n, tanh, mg });
  const kind = tanh ? 'geluTanh' : 'gelu';
  const y = Float64Array.from(x, (v) => act(kind, v));
  const t = Float64Array.from(x, (v) => 1e-6 * Math.min(Math.abs(v), 1) + 4e-7 * Math.abs(act(kind, v)) + 1e-38);
  c.close(`gelu ${tanh ? 'tanh' : 'none'}`, await read(C.gelu(T(x, [n]), tanh ? 'tanh' : 'none')), y, t);
  const [dx] = tf.grads((v: tf.Tensor) => tf.sum(tf.mul(C.gelu(v, tanh ? 'tanh' : 'none'), T(g, [n]))) as tf.Scalar)([T(x, [n])]);
  c.close(
    `gelu ${tanh ? 'tanh' : 'none'}: dx`,
    await read(dx!),
    Float64Array.from(x, (v, i) => g[i]! * slope(kind, v)),
    Float64Array.from(g, (v) => 2e-6 * Math.abs(v)),
  );
}

import '@tensorflow/tfjs-backend-cpu';
import { causal, globalTokens, perHead, prefix, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { alibi, chain, createKey, crossEntropy, feedForward, layerNorm, linear, softCap } from '@longspan/core-tensor';
import { reversibleSequence } from '@longspan/reversible';
import * as tf from '@tensorflow/tfjs';

export const close = (a, b, tol = 2e-4) =>
  a.length === b.length && a.every((x, i) => Object.is(x, b[i]) || Math.abs(x - b[i]) <= tol * (1 + Math.abs(b[i])));

const masks = [
  () => causal(),
  () => slidingWindow({ left: 5, right: 2 }),
  () => globalTokens([0, 3]).or(slidingWindow({ left: 2, right: 0 })),
  () => perHead([causal(), prefix({ length: 4 })]),
];

/** Some work whose answer is known from the cpu backend: made of numbers, so that no tensor belongs to a backend. */
export const numbers = (seed, n) => {
  const out = new Float32Array(n);
  let x = seed * 7919 + 1;
  for (let i = 0; i < n; i++) {
    x = (x * 1103515245 + 12345) % 2147483648;
    out[i] = x / 1073741824 - 1;
  }
  return out;
};

export function work(kind, seed) {
  return tf.tidy(() => {
    const n = 12 + (seed % 50),
      q = tf.tensor(numbers(seed, 2 * n * 4), [1, 2, n, 4]),
      k = tf.tensor(numbers(seed + 1, 2 * n * 4), [1, 2, n, 4]),
      v = tf.tensor(numbers(seed + 2, 2 * n * 4), [1, 2, n, 4]);
    const mask = masks[seed % masks.length]();
    if (kind === 'attention') return [sparseAttention(q, k, v, { mask, blockSize: 8 }).out];
    if (kind === 'scored')
      return [sparseAttention(q, k, v, { mask, score: [softCap(5), alibi(tf.tensor1d([0.5, 0.25]))], blockSize: 8 }).out];
    if (kind === 'gradient')
      return tf.grads((a, b, c) => tf.sum(tf.square(sparseAttention(a, b, c, { mask, blockSize: 8 }).out)))([q, k, v]);
    if (kind === 'layer') {
      const l = chain({ norm: layerNorm({ width: 4 }), ff: feedForward({ width: 4, innerWidth: 8 }) });
      const p = l.init(createKey(seed));
      const x = tf.reshape(q, [2 * n, 4]);
      return [l.apply(p, x), tf.grad((y) => tf.sum(l.apply(p, y)))(x)];
    }
    if (kind === 'loss')
      return [
        crossEntropy(
          tf.reshape(q, [2 * n, 4]),
          tf.tensor1d(
            Array.from({ length: 2 * n }, (_, i) => i % 4),
            'int32',
          ),
        ),
      ];
    if (kind === 'reversible') {
      const l = reversibleSequence([{ f: linear({ inFeatures: 4, outFeatures: 4 }), g: layerNorm({ width: 4 }) }]);
      const p = l.init(createKey(seed));
      const x = tf.reshape(q, [n, 8]);
      return [tf.grad((y) => tf.sum(tf.square(l.apply(p, y))))(x)];
    }
    return [tf.matMul(tf.reshape(q, [2 * n, 4]), tf.reshape(k, [2 * n, 4]), false, true)];
  });
}

export const kinds = ['attention', 'scored', 'gradient', 'layer', 'loss', 'reversible', 'matMul'];

export const readAll = async (ts) => {
  const all = [];
  for (const x of ts) all.push(...(await x.data()));
  tf.dispose(ts);
  return all;
};

export const known = new Map();

export async function expected(kind, seed) {
  const id = `${kind} ${seed}`;
  if (!known.has(id)) {
    const before = tf.getBackend();
    await tf.setBackend('cpu');
    known.set(id, await readAll(work(kind, seed)));
    if (before !== 'cpu') await tf.setBackend(before);
    if (known.size > 400) known.delete(known.keys().next().value);
  }
  return known.get(id);
}

import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { createInterface } from 'node:readline';
import { slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { register } from '@longspan/wasm-backend';

await tf.setBackend('wasm');
await tf.ready();
await register({ threads: 1 } as never).catch(() => register());
const now = () => {
  const c = process.cpuUsage();
  return (c.user + c.system) / 1000;
};
const draw = (s: string) => normal(createKey(s), [1, 4, 4096, 64]);
const [q, k, v] = [draw('q'), draw('k'), draw('v')];
const mask = slidingWindow({ left: 256, right: 256 });
const forward = () => {
  const t = now();
  const r = tf.tidy(() => sparseAttention(q, k, v, { mask }).out.clone());
  r.dispose();
  return now() - t;
};
const g = tf.grads((a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => tf.sum(sparseAttention(a, b, c, { mask }).out).asScalar());
const both = () => {
  const t = now();
  tf.dispose(g([q, k, v]));
  return now() - t;
};
const small = [normal(createKey('s'), [1, 4, 64, 32])];
const tiny = () => {
  const t = now();
  for (let i = 0; i < 400; i++) tf.tidy(() => void sparseAttention(small[0]!, small[0]!, small[0]!, { mask }));
  return (now() - t) / 400;
};
for (let i = 0; i < 2; i++) {
  forward();
  both();
  tiny();
}
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) console.log(line === 'f' ? forward() : line === 'b' ? both() : tiny());

import { causal, sparseAttention } from '@longspan/attention-sparse';
import { register } from '@longspan/wasm-backend/static';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => event.waitUntil(answer(event.source)));

async function answer(client) {
  try {
    setWasmPaths('/tfjs/');
    const { threads, threadsReason } = await register({ threads: 2 });
    const none = tf.zeros([1, 1, 4, 8]);
    const { out } = sparseAttention(none, none, tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]), { mask: causal() });
    client.postMessage({ means: [...(await out.data())], threads, threadsReason });
  } catch (error) {
    client.postMessage({ error: String(error?.stack ?? error) });
  }
}

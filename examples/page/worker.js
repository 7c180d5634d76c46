import { slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

setWasmPaths('/tfjs/'); // the .wasm files of @tensorflow/tfjs-backend-wasm/dist, copied to public/tfjs
const registered = register();

self.onmessage = async ({ data: { tokens } }) => {
  const { threads, memory } = await registered;
  const x = tf.randomNormal([1, 4, tokens, 64], 0, 1, 'float32', 1);
  const { out } = sparseAttention(x, x, x, { mask: slidingWindow({ left: 255, right: 0 }) });
  const first = (await out.slice([0, 0, 0, 0], [1, 1, 1, 1]).data())[0];
  const expected = (await x.slice([0, 0, 0, 0], [1, 1, 1, 1]).data())[0]; // the first token sees itself alone
  tf.dispose([x, out]);
  self.postMessage({ threads, memory, right: Math.abs(first - expected) < 1e-6 });
};

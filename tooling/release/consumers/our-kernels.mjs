// Attention and its gradients on the kernels of @longspan/wasm-backend, against the same in stock operations.
import '@tensorflow/tfjs-backend-wasm';
import { causal, denseAttention, explain, sparseAttention } from '@longspan/attention-sparse';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';

tf.enableProdMode();
if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend did not start');
const [q, k, v, cotangent] = [1, 2, 3, 4].map((seed) => tf.randomNormal([1, 2, 70, 5], 0, 1, 'float32', seed));
const options = { mask: causal(), blockSize: 16 };
const results = async (attention) => {
  const { out } = attention(q, k, v, options);
  const gradients = tf.grads((...inputs) => tf.sum(tf.mul(attention(...inputs, options).out, cotangent)))([q, k, v]);
  return Promise.all([out, ...gradients].map((each) => each.data()));
};
const expected = await results(denseAttention);
const registration = await register();
const ours = await results(sparseAttention);
const largest = (numbers) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
console.log(
  JSON.stringify({
    kernel: explain(q, k, v, options).kernel,
    instructions: registration.instructions,
    errors: ours.map((numbers, at) => largest(numbers.map((value, cell) => value - expected[at][cell]))),
    sizes: expected.map(largest),
  }),
);

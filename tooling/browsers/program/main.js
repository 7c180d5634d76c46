// What a user's page would do: attention and its gradients with our kernels, against the dense definition on tfjs's cpu backend.
import { causal, denseAttention, explain, sparseAttention } from '@longspan/attention-sparse';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/** The scripts that the page has asked for until now. */
const scripts = () =>
  performance
    .getEntriesByType('resource')
    .map(({ name }) => new URL(name).pathname)
    .filter((path) => path.endsWith('.js'));

async function run() {
  setWasmPaths('/tfjs/'); // where tfjs's own binaries are served, as its README asks for
  if (location.search === '?tfjs-threads') tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  tf.enableProdMode();

  const before = scripts();
  const registration = await register({ threads: 2 });
  const loaded = scripts().filter((path) => !before.includes(path));

  const [q, k, v, cotangent] = [1, 2, 3, 4].map((seed) => tf.randomNormal([1, 4, 320, 64], 0, 1, 'float32', seed));
  const options = { mask: causal() };
  const attend = async (attention) => {
    const { out } = attention(q, k, v, options);
    const gradients = tf.grads((...inputs) => tf.sum(tf.mul(attention(...inputs, options).out, cotangent)))([q, k, v]);
    return Promise.all([out, ...gradients].map((each) => each.data()));
  };
  const ours = await attend(sparseAttention);
  const { reason } = explain(q, k, v, options);

  // With queries of zeros every key that may be seen weighs the same: row i is the mean of the values up to i.
  const none = tf.zeros([1, 1, 4, 8]);
  const means = await sparseAttention(none, none, tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]), options).out.data();

  await tf.setBackend('cpu');
  const expected = await attend(denseAttention);
  const largest = (numbers) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    means: [...means],
    errors: ours.map((numbers, at) => largest(numbers.map((value, cell) => value - expected[at][cell]))),
    sizes: expected.map(largest),
    instructions: registration.instructions,
    threads: registration.threads,
    threadsReason: registration.threadsReason ?? null,
    reason,
    isolated: crossOriginIsolated,
    loaded,
  };
}

const results = await run().catch((error) => ({ error: String(error?.stack ?? error?.message ?? error) }));
document.getElementById('results').textContent = JSON.stringify(results);

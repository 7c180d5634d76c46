// What a user's page would do where there may be a graphics card: attention and its gradients, against the dense definition on tfjs's cpu backend.
import { causal, denseAttention, explain, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { distanceBias } from '@longspan/core-tensor';
import { register } from '@longspan/gpu-backend';
import * as tf from '@tensorflow/tfjs';

async function run() {
  tf.enableProdMode();
  const gpu = await register();
  if (!gpu.registered) {
    await tf.setBackend('cpu');
    return { registered: false, reason: gpu.reason, backend: tf.getBackend() };
  }
  const options = (table) => ({ mask: slidingWindow({ left: 40 }).and(causal()), score: [distanceBias(table, { center: 50 })] });
  const attend = async (attention, drawn) => {
    const [q, k, v, table, cotangent] = drawn.map(({ values, shape }) => tf.tensor(values, shape));
    const out = (...[ofQ, ofK, ofV, ofTable]) => attention(ofQ, ofK, ofV, options(ofTable)).out;
    const gradients = tf.grads((...inputs) => tf.sum(tf.mul(out(...inputs), cotangent)))([q, k, v, table]);
    return Promise.all([out(q, k, v, table), ...gradients].map((each) => each.data()));
  };
  const x = [1, 2, 160, 20];
  const drawn = [x, x, x, [2, 60], x].map((shape, seed) => {
    const size = shape.reduce((all, each) => all * each);
    return { values: Float32Array.from({ length: size }, (_, at) => 2 * Math.sin(at * (at + 7 * seed + 1))), shape };
  });
  const ours = await attend(sparseAttention, drawn);
  const probe = tf.zeros(x);
  const { kernel } = explain(probe, probe, probe, { mask: causal() });
  await tf.setBackend('cpu'); // with tensors of its own: those of webgpu can only be read asynchronously
  const expected = await attend(denseAttention, drawn);
  const largest = (numbers) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    registered: true,
    kernel,
    device: gpu.device,
    errors: ours.map((numbers, at) => largest(numbers.map((value, cell) => value - expected[at][cell]))),
    sizes: expected.map(largest),
  };
}

const results = await run().catch((error) => ({ error: String(error?.stack ?? error?.message ?? error) }));
document.getElementById('results').textContent = JSON.stringify(results);

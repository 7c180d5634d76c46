// Runs in Jest, whose sandbox has an ArrayBuffer and typed arrays of its own.
import { causal, sparseAttention } from '@longspan/attention-sparse';
import { readSafetensors, toTensor, writeSafetensors } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { readFile, writeFile } from 'node:fs/promises';

test.each([1, 2])('the kernels work on %d threads', async (threads) => {
  const registration = await register({ threads });
  expect(registration.threads).toBe(threads);
  const none = tf.zeros([1, 1, 4, 8]);
  const { out } = sparseAttention(none, none, tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]), { mask: causal() });
  expect([...(await out.data())]).toEqual([1, 1.5, 2, 2.5]);
  registration.unregister();
});

test('a file is written, and read as a Buffer', async () => {
  const values = Float32Array.of(1.5, -2);
  await writeFile('weights.safetensors', writeSafetensors({ tensors: { w: { dtype: 'F32', shape: [2], values } } }));
  const { tensors } = readSafetensors(await readFile('weights.safetensors'));
  expect([...(await toTensor(tensors.get('w')).data())]).toEqual([1.5, -2]);
});

test('errors are known by their class', async () => {
  await register({ threads: 1 });
  const x = tf.zeros([1, 1, 4, 8]);
  expect(() => sparseAttention(x, x, x, { mask: causal(), scale: NaN })).toThrow(ConfigError);
});

import { causal, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName, Trial } from './device.ts';
import { startDevice } from './start-device.ts';

const [heads, length, headDim] = [4, 1024, 64];

/** Times a small attention, forward and backward, on that backend: the fastest of several, after one that is not counted. */
async function tryBackend(site: string, wanted: BackendName): Promise<Trial> {
  const device = await startDevice(site, wanted);
  const [q, k, v] = [1, 2, 3].map((seed) => tf.randomNormal([1, heads, length, headDim], 0, 1, 'float32', seed)) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const mask = slidingWindow({ left: 255 }).and(causal());
  const gradients = tf.grads((one: tf.Tensor, two: tf.Tensor, three: tf.Tensor) =>
    tf.sum(sparseAttention(one as tf.Tensor4D, two as tf.Tensor4D, three as tf.Tensor4D, { mask }).out),
  );
  const once = async (): Promise<number> => {
    const begin = performance.now();
    const found = gradients([q, k, v]);
    await found[0]?.data();
    tf.dispose(found);
    return performance.now() - begin;
  };
  await once();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push(await once());
  tf.dispose([q, k, v]);
  return { device, milliseconds: Math.min(...times) };
}

export const api = { tryBackend };

import { explain, sparseAttention } from '@longspan/attention-sparse';
import { type MaskNode, maskFromJSON } from '@longspan/attention-sparse/mask';
import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, type Device, describeDevice } from '../../compute/device.ts';
import { startDevice } from '../../compute/start-device.ts';

let device: Promise<Device> | undefined;

export interface TimeRequest {
  readonly mask: MaskNode;
  readonly length: number;
  readonly heads: number;
  readonly headDim: number;
}

export interface MeasuredTime {
  /** ms, the fastest of the rounds. */
  readonly forward: number;
  readonly withBackward: number;
  readonly rounds: number;
  readonly device: string;
  /** Which kernel ran, and why. */
  readonly kernel: string;
}

/** Milliseconds that are spent at most on further rounds of one measurement. */
const patience = 1500;

export const api = {
  /** Times attention under that mask on random queries, keys and values. */
  async measure(site: string, backend: BackendName, { mask: node, length, heads, headDim }: TimeRequest): Promise<MeasuredTime> {
    device ??= startDevice(site, backend);
    const on = await device;
    const mask = maskFromJSON(node);
    const count = mask.heads === 1 ? heads : mask.heads;
    const random = (seed: number): tf.Tensor4D => tf.randomNormal([1, count, length, headDim], 0, 1, 'float32', seed);
    const [q, k, v] = [random(1), random(2), random(3)];
    try {
      const kernel = explain(q, k, v, { mask }).reason;
      const forward = await fastest(() => tf.tidy(() => sparseAttention(q, k, v, { mask }).out));
      const gradients = tf.grads((...each: tf.Tensor[]) =>
        tf.sum(sparseAttention(each[0] as tf.Tensor4D, each[1] as tf.Tensor4D, each[2] as tf.Tensor4D, { mask }).out),
      );
      const both = await fastest(() => {
        const [one, ...others] = gradients([q, k, v]);
        tf.dispose(others);
        return one as tf.Tensor;
      });
      return {
        forward: forward.milliseconds,
        withBackward: both.milliseconds,
        rounds: Math.min(forward.rounds, both.rounds),
        device: describeDevice(on),
        kernel,
      };
    } finally {
      tf.dispose([q, k, v]);
    }
  },
};

/** The fastest of several rounds, after one that is not counted: others only take time from it. */
async function fastest(run: () => tf.Tensor): Promise<{ readonly milliseconds: number; readonly rounds: number }> {
  const once = async (): Promise<number> => {
    const begin = performance.now();
    const result = run();
    await result.data();
    result.dispose();
    return performance.now() - begin;
  };
  const cold = await once();
  const rounds = Math.max(1, Math.min(7, Math.floor(patience / cold)));
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) milliseconds = Math.min(milliseconds, await once());
  return { milliseconds, rounds };
}

import { createKey, normal } from '@longspan/core-tensor';
import { watchKernels } from '@longspan/core-tensor/kernel';
import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, type Device, describeDevice } from '../../compute/device.ts';
import { watchBytes } from '../../compute/peak-bytes.ts';
import { startDevice } from '../../compute/start-device.ts';
import type { RacerId, RaceSizes } from './racer.ts';
import { type RacerCall, racerCall } from './racer-calls.ts';
import type { TimedCall } from './run-race.ts';

export interface CallRequest extends RaceSizes {
  readonly id: RacerId;
  /** The expression of the racer `own`. */
  readonly own: string;
  readonly withBackward: boolean;
}

interface Ready {
  readonly once: () => Promise<number>;
  readonly bytes: number;
  readonly kernel: string;
  readonly warmUp: number;
  dispose(): void;
}

let device: Promise<Device> | undefined;
let inputs: { readonly of: string; readonly tensors: readonly [tf.Tensor, tf.Tensor, tf.Tensor] } | undefined;
const ready = new Map<RacerId, Ready>();

export const api = {
  /** One timed call of a racer. What it needs at a length is made, and warmed up, the first time; that of another length is forgotten. */
  async time(site: string, backend: BackendName, request: CallRequest): Promise<TimedCall> {
    device ??= startDevice(site, backend);
    const on = await device;
    const { length, heads, headDim } = request;
    const of = [length, heads, headDim].join(' ');
    if (inputs?.of !== of) {
      for (const each of ready.values()) each.dispose();
      ready.clear();
      tf.dispose([...(inputs?.tensors ?? [])]);
      const drawn = ['queries', 'keys', 'values'].map((name) => normal(createKey(name), [1, heads, length, headDim]));
      inputs = { of, tensors: drawn as [tf.Tensor, tf.Tensor, tf.Tensor] };
    }
    const known = ready.get(request.id);
    const racer = known ?? (await prepare(request, inputs.tensors));
    ready.set(request.id, racer);
    return {
      milliseconds: await racer.once(),
      before: known === undefined ? racer.warmUp : 0,
      bytes: racer.bytes,
      kernel: racer.kernel,
      device: describeDevice(on),
    };
  },
};

async function prepare(request: CallRequest, tensors: readonly [tf.Tensor, tf.Tensor, tf.Tensor]): Promise<Ready> {
  const call = racerCall(request.id, request, request.own, tensors);
  const pass = request.withBackward ? backward(call, tensors) : () => tf.tidy(() => call.run(...tensors));
  const once = async (): Promise<number> => {
    const begin = performance.now();
    const result = pass();
    await result.data(); // where kernels run later, this waits for them
    result.dispose();
    return performance.now() - begin;
  };
  const names = new Map<string, number>();
  const endOfNames = watchKernels((name) => names.set(name, (names.get(name) ?? 0) + 1));
  const endOfBytes = watchBytes();
  try {
    const warmUp = await once();
    const bytes = endOfBytes() + tensors.reduce((sum, { size }) => sum + 4 * size, 0);
    endOfNames();
    return { once, bytes, warmUp, kernel: call.kernel ?? kernelsOf(names), dispose: call.dispose };
  } catch (error) {
    endOfBytes();
    endOfNames();
    call.dispose();
    throw error;
  }
}

/**
 * Gradients of queries, keys and values, of which one is given back to be waited for. A mechanism may not read all three: those of the others
 * are left out.
 */
function backward(call: RacerCall, tensors: readonly [tf.Tensor, tf.Tensor, tf.Tensor]): () => tf.Tensor {
  const read = call.reads ?? [0, 1, 2];
  const given = read.map((at) => tensors[at] as tf.Tensor);
  const gradients = tf.grads((...some: tf.Tensor[]) => {
    const all = tensors.map((each, at) => (read.includes(at) ? (some[read.indexOf(at)] as tf.Tensor) : each));
    return tf.sum(call.run(...(all as [tf.Tensor, tf.Tensor, tf.Tensor])));
  });
  return () => tf.tidy(() => gradients(given)[0] as tf.Tensor);
}

/** The kernels that ran: Longspan's first, and then the most frequent. */
function kernelsOf(names: ReadonlyMap<string, number>): string {
  const isOurs = (name: string): boolean => name.startsWith('Longspan');
  const sorted = [...names].toSorted(([one, often], [other, oftener]) => Number(isOurs(other)) - Number(isOurs(one)) || oftener - often);
  const shown = sorted.slice(0, 5).map(([name, times]) => (times === 1 ? name : `${times} × ${name}`));
  return `runs ${shown.join(', ')}${sorted.length > shown.length ? ` and ${sorted.length - shown.length} other kernels` : ''}`;
}

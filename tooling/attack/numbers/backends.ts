import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import { prepareBackends } from '../../parity/backend.ts';

/** cpu and wasm are tfjs's own; longspan is wasm with the kernels of wasm-backend, on two threads. */
export const backends = ['cpu', 'wasm', 'longspan'] as const;
export type Backend = (typeof backends)[number];

let registration: { unregister(): void } | undefined;

/** Makes that backend the current one. */
export async function useBackend(backend: Backend): Promise<void> {
  prepareBackends();
  if (backend !== 'longspan') {
    registration?.unregister();
    registration = undefined;
  }
  const name = backend === 'cpu' ? 'cpu' : 'wasm';
  if (tf.getBackend() !== name) await tf.setBackend(name);
  await tf.ready();
  if (backend === 'longspan') registration ??= await register({ threads: 2 });
}

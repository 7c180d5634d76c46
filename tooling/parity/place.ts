import { register as registerOnWebGpu } from '@longspan/gpu-backend';
import { register } from '@longspan/wasm-backend';
import { type Backend, prepareBackends, prepareWebGpu, startBackend } from './backend.ts';

/** The kernels that fixtures can be replayed with: tfjs's own with the reference attention, or those that register() puts there. */
export const kernelSets = ['reference', 'longspan'] as const;
export type KernelSet = (typeof kernelSets)[number];

/** Where fixtures are replayed. */
export interface PlaceOptions {
  readonly backend: Backend;
  readonly kernels: KernelSet;
  /** Threads that share a call of our kernels; 1 with the others. */
  readonly threads: number;
}

export interface Place {
  /** What works there, in words: `Longspan's kernels on wasm, simd128, 2 threads`. */
  readonly name: string;
  close(): void;
}

/** Starts a backend with the kernels that were asked for. */
export async function openPlace({ backend, kernels, threads }: PlaceOptions): Promise<Place> {
  if (kernels === 'longspan') return backend === 'webgpu' ? startOnWebGpu() : startOnWasm(threads);
  await startBackend(backend);
  return { name: `tfjs's kernels on ${backend}`, close: () => {} };
}

/** tfjs's wasm backend as register() starts it, with all threads at work on its tensors in place. */
async function startOnWasm(threads: number): Promise<Place> {
  prepareBackends();
  const registration = await register({ threads });
  if (registration.threads !== threads) {
    throw new Error(`${registration.threads} of ${threads} threads: ${registration.threadsReason}`);
  }
  const shared = threads === 1 ? '1 thread' : `${threads} threads`;
  return { name: `Longspan's kernels on wasm, ${registration.instructions}, ${shared}`, close: () => registration.unregister() };
}

/** tfjs's webgpu backend as register() starts it. */
async function startOnWebGpu(): Promise<Place> {
  prepareBackends();
  await prepareWebGpu();
  const registration = await registerOnWebGpu();
  if (!registration.registered) throw new Error(registration.reason);
  const { vendor, architecture } = registration.adapter;
  return { name: `Longspan's kernels on webgpu, ${vendor} ${architecture}`, close: () => registration.unregister() };
}

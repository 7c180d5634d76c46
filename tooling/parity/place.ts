import { type Registration, register } from '@longspan/wasm-backend';
import { type Backend, prepareBackends, startBackend } from './backend.ts';

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
  const registration = kernels === 'longspan' ? await startLongspan(threads) : undefined;
  if (registration === undefined) await startBackend(backend);
  return {
    name:
      registration === undefined
        ? `tfjs's kernels on ${backend}`
        : `Longspan's kernels on ${backend}, ${registration.instructions}, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    close: () => registration?.unregister(),
  };
}

/** tfjs's wasm backend as register() starts it, with all threads at work on its tensors in place. */
async function startLongspan(threads: number): Promise<Registration> {
  prepareBackends();
  const registration = await register({ threads });
  if (registration.threads === threads) return registration;
  throw new Error(`${registration.threads} of ${threads} threads: ${registration.threadsReason}`);
}

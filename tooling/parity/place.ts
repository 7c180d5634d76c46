import { register } from '@longspan/wasm-backend';
import { type Backend, startBackend } from './backend.ts';

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
  await startBackend(backend);
  const registration = kernels === 'longspan' ? await register({ threads }) : undefined;
  if (registration !== undefined && registration.threads < threads) {
    throw new Error(`${registration.threads} of ${threads} threads: ${registration.threadsReason}`);
  }
  return {
    name:
      registration === undefined
        ? `tfjs's kernels on ${backend}`
        : `Longspan's kernels on ${backend}, ${registration.instructions}, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    close: () => registration?.unregister(),
  };
}

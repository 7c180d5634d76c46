import { register } from '@longspan/wasm-backend';
import { type Backend, startBackend } from './backend.ts';

/** The kernels that fixtures can be replayed with: tfjs's own with the reference attention, or those that register() puts there. */
export const kernelSets = ['reference', 'longspan'] as const;
export type KernelSet = (typeof kernelSets)[number];

/** Where fixtures are replayed. */
export interface PlaceOptions {
  readonly backend: Backend;
  readonly kernels: KernelSet;
}

export interface Place {
  /** What works there, in words: `Longspan's kernels on wasm, simd128`. */
  readonly name: string;
  close(): void;
}

/** Starts a backend with the kernels that were asked for. */
export async function openPlace({ backend, kernels }: PlaceOptions): Promise<Place> {
  await startBackend(backend);
  const registration = kernels === 'longspan' ? await register() : undefined;
  return {
    name: registration === undefined ? `tfjs's kernels on ${backend}` : `Longspan's kernels on ${backend}, ${registration.instructions}`,
    close: () => registration?.unregister(),
  };
}

import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';

/** The backend that a call runs on. */
export type BackendOf = () => TfjsWebGpu;

/** A kernel of this package, as the list in index.ts has it. */
export interface Kernel {
  /** Its contract's, or that of tfjs's kernel whose place it takes. */
  readonly name: string;
  /**
   * Puts it in front of the contract's reference, or of tfjs's kernel, on tfjs's webgpu backend.
   * @returns takes it out again
   */
  add(backendOf: BackendOf): () => void;
}

/** Adds kernels in order. @returns takes all of them out again */
export function addAll(kernels: readonly Kernel[], backendOf: BackendOf): () => void {
  const undo = kernels.map((kernel) => kernel.add(backendOf));
  return () => {
    for (const remove of undo) remove();
  };
}

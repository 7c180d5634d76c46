import type { RuntimeOf } from '../runtime/runtime.ts';

/** A kernel of this package, or several that belong together, as the list in index.ts has them. */
export interface Kernel {
  /** Its contract's name, or those of the kernels of tfjs in whose place it stands. */
  readonly name: string;
  /**
   * Puts it on tfjs's wasm backend: in front of a contract's reference, or in the place of tfjs's own.
   * @returns takes it out again
   */
  add(runtimeOf: RuntimeOf): () => void;
}

/** Adds kernels in order. @returns takes all of them out again */
export function addAll(kernels: readonly Kernel[], runtimeOf: RuntimeOf): () => void {
  const undo = kernels.map((kernel) => kernel.add(runtimeOf));
  return () => {
    for (const remove of undo) remove();
  };
}

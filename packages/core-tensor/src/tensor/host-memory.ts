import { backend, getBackend, type Tensor } from '@tensorflow/tfjs-core';

/** The backends whose tensors lie in this thread's own memory. */
const inHostMemory: ReadonlySet<string> = new Set(['cpu', 'wasm']);

/** Whether the current backend keeps tensors in this thread's own memory, where reading one neither waits nor stalls a device. */
export const liesInHostMemory = (): boolean => inHostMemory.has(getBackend());

/**
 * The one number of a tensor that the current backend has just made in host memory, read as tfjs's own cpu and wasm kernels read theirs
 * (`readSync`).
 */
export const numberInHostMemory = (scalar: Tensor): number => (backend().readSync(scalar.dataId) as Float32Array)[0] as number;

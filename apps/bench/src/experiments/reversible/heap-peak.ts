import { backend } from '@tensorflow/tfjs-core';

interface WasmHeap {
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/**
 * Counts what is allocated on the heap of tfjs's wasm backend from now on: tensors of all kernels, and scratch of ours. Unlike
 * resident memory it knows no pages that are free but kept.
 * @returns a function that ends the counting and gives the most bytes that were there at one time
 */
export function watchHeap(): () => number {
  const { wasm } = backend() as { wasm?: WasmHeap }; // tfjs types the module without its heap
  if (wasm === undefined) throw new Error('only the wasm backend has a heap of its own');
  const { _malloc, _free } = wasm;
  const sizes = new Map<number, number>();
  let [alive, peak] = [0, 0];
  wasm._malloc = (bytes) => {
    const address = _malloc(bytes);
    sizes.set(address, bytes);
    alive += bytes;
    peak = Math.max(peak, alive);
    return address;
  };
  wasm._free = (address) => {
    alive -= sizes.get(address) ?? 0; // what was there before does not count
    sizes.delete(address);
    _free(address);
  };
  return () => {
    Object.assign(wasm, { _malloc, _free });
    return peak;
  };
}

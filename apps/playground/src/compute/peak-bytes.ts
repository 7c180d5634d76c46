import { watchKernels } from '@longspan/core-tensor/kernel';
import * as tf from '@tensorflow/tfjs-core';

interface WasmHeap {
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/**
 * Counts from now on what is held: on wasm every byte that is taken of its heap, of tensors and of the kernels' own scratch; elsewhere the
 * tensors, each time a kernel begins.
 * @returns a function that ends the counting and gives the most bytes beyond those of the beginning
 */
export function watchBytes(): () => number {
  const { wasm } = tf.backend() as { readonly wasm?: WasmHeap }; // tfjs types the module without its heap
  return wasm === undefined ? watchTensors() : watchHeap(wasm);
}

function watchHeap(wasm: WasmHeap): () => number {
  const { _malloc: take, _free: free } = wasm;
  const sizes = new Map<number, number>();
  let [held, peak] = [0, 0];
  wasm._malloc = (bytes) => {
    const address = take(bytes);
    sizes.set(address, bytes);
    held += bytes;
    peak = Math.max(peak, held);
    return address;
  };
  wasm._free = (address) => {
    held -= sizes.get(address) ?? 0; // what was there before does not count
    sizes.delete(address);
    free(address);
  };
  return () => {
    wasm._malloc = take;
    wasm._free = free;
    return peak;
  };
}

function watchTensors(): () => number {
  const before = tf.memory().numBytes;
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, tf.memory().numBytes);
  };
  const end = watchKernels(look);
  return () => {
    look();
    end();
    return peak - before;
  };
}

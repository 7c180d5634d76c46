import { backend } from '@tensorflow/tfjs-core';

/** As much of tfjs's wasm backend as is watched; its types leave it out. */
interface WatchedBackend {
  readonly wasm: {
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    readonly HEAPU8: Uint8Array;
  };
}

/** What was taken of the WebAssembly heap and not given back: tensors, and scratch of kernels. */
export interface HeapBlocks {
  readonly count: number;
  readonly bytes: number;
  /** Bytes of the whole heap, which never shrinks. */
  readonly heapBytes: number;
}

/** Watches the heap of the current wasm backend from now on. What tfjs's kernels take inside their binary is not seen. */
export function watchHeap(): () => HeapBlocks {
  const { wasm } = backend() as object as WatchedBackend;
  wasm._free(wasm._malloc(4)); // Emscripten's stubs put the exports in their own places on their first calls
  const { _malloc: malloc, _free: free } = wasm;
  const live = new Map<number, number>();
  let total = 0;
  wasm._malloc = (bytes) => {
    const pointer = malloc(bytes);
    live.set(pointer, bytes);
    total += bytes;
    return pointer;
  };
  wasm._free = (pointer) => {
    total -= live.get(pointer) ?? 0;
    live.delete(pointer);
    free(pointer);
  };
  return () => ({ count: live.size, bytes: total, heapBytes: wasm.HEAPU8.length });
}

import { typeName } from '@longspan/core-tensor/error';
import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** What we use of tfjs's wasm backend, most of which its types leave out. */
export interface TfjsWasm extends KernelBackend {
  /** The Emscripten module. */
  readonly wasm: {
    /** The exports of the binary; its own memory where tfjs runs on one thread. */
    readonly asm: { readonly memory?: WebAssembly.Memory | undefined };
    /** The shared memory of tfjs's threaded build. */
    readonly wasmMemory?: WebAssembly.Memory | undefined;
    /** An address, or 0 where the heap is full. */
    _malloc(bytes: number): number;
    _free(pointer: number): void;
  };
  readonly dataIdMap: { get(dataId: TensorInfo['dataId']): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
}

/** The one border to tfjs's private parts: whether a backend is its wasm backend as of 4.22. */
export function isTfjsWasm(backend: KernelBackend): backend is TfjsWasm {
  const { wasm, makeOutput, dataIdMap } = backend as Partial<TfjsWasm>;
  const found = [wasm?._malloc, wasm?._free, makeOutput, dataIdMap?.get].every((part) => typeof part === 'function');
  return found && typeName(memoryOf(wasm)) === 'WebAssembly.Memory';
}

export const memoryOf = (wasm: TfjsWasm['wasm'] | undefined): WebAssembly.Memory | undefined => wasm?.asm?.memory ?? wasm?.wasmMemory;

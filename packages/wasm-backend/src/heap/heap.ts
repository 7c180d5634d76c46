import { type DataType, engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { memoryOf, type TfjsWasm } from '../tfjs/tfjs-wasm.ts';
import { type MemoryViews, memoryViews } from './views.ts';

/** The memory of tfjs's wasm backend. Addresses are in bytes; an allocation may grow the memory, so take views after it. */
export interface Heap extends MemoryViews {
  memory(): WebAssembly.Memory;
  /** @throws HeapFullError once `guardHeap` has run */
  allocate(bytes: number): number;
  free(pointer: number): void;
  /** Where a tensor's values begin. */
  pointerOf(tensor: TensorInfo): number;
  /** A new tensor on used memory: every cell has to be written. */
  makeOutput(shape: readonly number[], dtype?: DataType): Tensor;
}

export function heapOf(backend: TfjsWasm): Heap {
  const { wasm } = backend;
  const memory = memoryOf(wasm) as WebAssembly.Memory;
  return {
    memory: () => memory,
    allocate: (bytes) => wasm._malloc(bytes) >>> 0, // signed above 2 GiB
    free: (pointer) => wasm._free(pointer),
    pointerOf: ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset,
    makeOutput: (shape, dtype = 'float32') => engine().makeTensorFromTensorInfo(backend.makeOutput([...shape], dtype)),
    ...memoryViews(memory),
  };
}

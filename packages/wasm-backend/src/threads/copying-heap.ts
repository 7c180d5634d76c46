import { type DataType, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Heap } from '../heap/heap.ts';
import { memoryViews } from '../heap/views.ts';
import type { CallHeap } from './call-heap.ts';
import { SharedMemoryFullError } from './shared-memory.ts';

interface Copy {
  readonly tensor: Tensor;
  readonly pointer: number;
}

const pageBytes = 65536;
// A cache line: threads then write to none that is another's.
const aligned = (bytes: number): number => bytes + (-bytes & 63);

/**
 * A heap on a memory that threads share: what the call reads is copied in, what it makes is copied out at its end.
 * @param own tfjs's heap
 * @param memory from `start` on it is the call's: room is taken one piece after the other and given back with the call, so that the
 *   next call finds the same pages
 */
export function copyingHeap(own: Heap, memory: WebAssembly.Memory, start: number): CallHeap {
  let end = start;
  let most = start;
  const pointers = new Map<object, number>();
  const outputs: Copy[] = [];
  const pieces = new Map<number, number>();

  const allocate = (bytes: number): number => {
    const pointer = end;
    const needed = end + aligned(Math.max(bytes, 1));
    if (needed > memory.buffer.byteLength) growTo(memory, needed);
    end = needed;
    most = Math.max(most, end);
    pieces.set(pointer, end);
    return pointer;
  };
  const copyIn = (tensor: TensorInfo): number => {
    const bytes = bytesOf(tensor);
    const pointer = allocate(bytes);
    new Uint8Array(memory.buffer, pointer, bytes).set(new Uint8Array(own.memory().buffer, own.pointerOf(tensor), bytes));
    pointers.set(tensor.dataId, pointer);
    return pointer;
  };
  return {
    memory: () => memory,
    allocate,
    free(pointer) {
      // The last piece: jobs and their scratch come and go one after the other.
      if (pieces.get(pointer) === end) end = pointer;
      pieces.delete(pointer);
    },
    pointerOf: (tensor) => pointers.get(tensor.dataId) ?? copyIn(tensor),
    makeOutput(shape, dtype: DataType = 'float32') {
      const tensor = own.makeOutput(shape, dtype);
      const pointer = allocate(bytesOf(tensor));
      pointers.set(tensor.dataId, pointer);
      outputs.push({ tensor, pointer });
      return tensor;
    },
    ...memoryViews(memory),
    copyOut() {
      for (const { tensor, pointer } of outputs.splice(0)) {
        if (tensor.isDisposed) continue;
        const bytes = bytesOf(tensor);
        new Uint8Array(own.memory().buffer, own.pointerOf(tensor), bytes).set(new Uint8Array(memory.buffer, pointer, bytes));
      }
    },
    release() {},
    retain() {}, // the memory goes with the pool
    get needed() {
      return most;
    },
  };
}

const bytesOf = ({ shape, dtype }: TensorInfo): number => util.sizeFromShape(shape) * util.bytesPerElement(dtype);

function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes);
  try {
    memory.grow(missing);
  } catch {
    throw new SharedMemoryFullError(bytes);
  }
}

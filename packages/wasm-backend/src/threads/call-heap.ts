import { keep, type Tensor } from '@tensorflow/tfjs-core';
import type { Heap } from '../heap/heap.ts';

/** The heap of one call of several threads. */
export interface CallHeap extends Heap {
  /** Copies what was made to where tfjs reads it. */
  copyOut(): void;
  /** Frees what the call allocated. Not called where a worker may still be writing there. */
  release(): void;
  /** Instead of `release`, where a worker may still be writing: nothing that it may write to is ever used again. */
  retain(): void;
  /** Bytes of the memory that the call needed. */
  readonly needed: number;
}

/** tfjs's own heap, borrowed, where it is shared: nothing is copied, and what is freed is released at the end of the call. */
export function borrowedHeap(own: Heap): CallHeap {
  const freed: number[] = [];
  const outputs: Tensor[] = [];
  return {
    ...own,
    free: (pointer) => void freed.push(pointer),
    makeOutput(shape, dtype) {
      const tensor = own.makeOutput(shape, dtype);
      outputs.push(tensor);
      return tensor;
    },
    copyOut() {},
    release() {
      for (const pointer of freed) own.free(pointer);
    },
    retain() {
      outputs.forEach(keep);
    },
    needed: 0,
  };
}

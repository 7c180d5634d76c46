import { keep, type Tensor } from '@tensorflow/tfjs-core';
import type { Heap } from '../heap/heap.ts';

/** The heap of one call that threads share. */
export interface CallHeap extends Heap {
  /** Brings what was made to where tfjs reads it. */
  settle(): void;
  /** Gives back what the call took. Not called where a worker may still be writing there. */
  release(): void;
  /** For a worker that may still be writing: nothing that it may write to is ever used again. */
  abandon(): void;
  /** Bytes of the memory that the call needed. */
  readonly needed: number;
}

/** tfjs's own heap, where it is shared: nothing is copied, and what is freed is given back at the end of the call. */
export function lendingHeap(own: Heap): CallHeap {
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
    settle() {},
    release() {
      for (const pointer of freed) own.free(pointer);
    },
    abandon() {
      outputs.forEach(keep);
    },
    needed: 0,
  };
}

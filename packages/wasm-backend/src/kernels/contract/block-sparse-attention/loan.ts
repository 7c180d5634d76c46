import type { Heap } from '../../../heap/heap.ts';

/** Room in the heap that is given back in one go. */
export interface Loan {
  /** Used memory: every byte that is read has to be written first. */
  allocate(bytes: number): number;
  zeros(bytes: number): number;
  ints(values: ArrayLike<number>): number;
  floats(values: ArrayLike<number>): number;
}

/** Runs with a loan and gives it back, also after a throw. Addresses stay right where the heap grows in between. */
export function withLoan<T>(heap: Heap, run: (loan: Loan) => T): T {
  const taken: number[] = [];
  const allocate = (bytes: number): number => {
    const pointer = heap.allocate(Math.max(bytes, 16));
    taken.push(pointer);
    return pointer;
  };
  const loan: Loan = {
    allocate,
    zeros(bytes) {
      const pointer = allocate(bytes);
      heap.i32().fill(0, pointer / 4, (pointer + bytes) / 4);
      return pointer;
    },
    ints(values) {
      const pointer = allocate(4 * values.length);
      heap.i32().set(values, pointer / 4);
      return pointer;
    },
    floats(values) {
      const pointer = allocate(4 * values.length);
      heap.f32().set(values, pointer / 4);
      return pointer;
    },
  };
  try {
    return run(loan);
  } finally {
    for (const pointer of taken) heap.free(pointer);
  }
}

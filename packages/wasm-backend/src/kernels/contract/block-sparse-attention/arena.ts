import type { Heap } from '../../../heap/heap.ts';

/** Buffers in the heap that are released together. */
export interface Arena {
  /** Used memory: every byte that is read has to be written first. */
  allocate(bytes: number): number;
  zeros(bytes: number): number;
  ints(values: ArrayLike<number>): number;
  floats(values: ArrayLike<number>): number;
}

/** Runs with an arena and releases it, also after a throw. Addresses stay right where the heap grows in between. */
export function withArena<T>(heap: Heap, run: (arena: Arena) => T): T {
  const taken: number[] = [];
  const allocate = (bytes: number): number => {
    const pointer = heap.allocate(Math.max(bytes, 16));
    taken.push(pointer);
    return pointer;
  };
  const arena: Arena = {
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
    return run(arena);
  } finally {
    for (const pointer of taken) heap.free(pointer);
  }
}

import { expect, it } from 'vitest';
import type { Heap } from '../../../heap/heap.ts';
import { withArena } from './arena.ts';

/** A heap of 1 KiB that hands out one piece after the other and remembers which are out. */
function smallHeap(): { readonly heap: Heap; readonly out: Set<number> } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const out = new Set<number>();
  let next = 64;
  const heap: Heap = {
    memory: () => memory,
    allocate(bytes) {
      if (next + bytes > 1024) throw new Error('full');
      const pointer = next;
      next += (bytes + 15) & ~15;
      out.add(pointer);
      return pointer;
    },
    free: (pointer) => out.delete(pointer),
    pointerOf: () => 0,
    makeOutput: () => {
      throw new Error('no tensors here');
    },
    f32: () => new Float32Array(memory.buffer),
    i32: () => new Int32Array(memory.buffer),
  };
  return { heap, out };
}

it('an arena holds what was written and is released whole', () => {
  const { heap, out } = smallHeap();
  const sum = withArena(heap, (arena) => {
    const numbers = arena.floats([1.5, 2.5]);
    const integers = arena.ints([-1, 7]);
    const zeros = arena.zeros(12);
    expect(out.size).toBe(3);
    expect([...heap.i32().subarray(zeros / 4, zeros / 4 + 3)]).toEqual([0, 0, 0]);
    return (heap.f32()[numbers / 4 + 1] ?? 0) + (heap.i32()[integers / 4 + 1] ?? 0);
  });
  expect(sum).toBe(9.5);
  expect(out.size).toBe(0);
});

it('an arena is released where the heap is full', () => {
  const { heap, out } = smallHeap();
  expect(() => withArena(heap, (arena) => [arena.allocate(512), arena.allocate(4096)])).toThrow('full');
  expect(out.size).toBe(0);
});

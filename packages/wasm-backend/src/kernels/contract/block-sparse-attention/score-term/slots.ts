import type { Tensor } from '@tensorflow/tfjs-core';
import type { Heap } from '../../../../heap/heap.ts';
import { copyRows } from '../rows.ts';
import type { SlotPlace, TermSlot } from './term-record.ts';

/** The gradient itself, of the tensor's shape. */
export function wholeSlot({ heap }: SlotPlace, input: Tensor): TermSlot {
  const total = heap.makeOutput(input.shape);
  const first = heap.pointerOf(total) / 4;
  heap.f32().fill(0, first, first + total.size);
  return { pointer: heap.pointerOf(total), apart: false, finish: () => total };
}

/** One table [h|1, …] for each chunk, batch row and head, so that these can be computed side by side. */
export function tableSlot({ runtime, arena, sizes: { batch, heads }, chunks }: SlotPlace, input: Tensor): TermSlot {
  const { heap } = runtime;
  const [ownHeads = 1, ...rest] = input.shape;
  const width = rest.reduce((size, extent) => size * extent, 1);
  const pointer = arena.zeros(4 * chunks * batch * heads * width);
  const count = (chunks * batch * heads) / ownHeads;
  const finish = (): Tensor => {
    const total = heap.makeOutput(input.shape);
    const target = { pointer: heap.pointerOf(total), stride: 4 * width };
    copyRows(runtime, { pointer, stride: 4 * width }, target, ownHeads, width, { parts: { count, stride: 4 * width * ownHeads } });
    return total;
  };
  return { pointer, apart: true, finish };
}

/** One float64 for each chunk, batch row and head, summed by head: [h]. */
export function headSlot({ heap, arena, sizes: { batch, heads }, chunks }: SlotPlace): TermSlot {
  const pointer = arena.zeros(8 * chunks * batch * heads);
  const finish = (): Tensor => {
    const numbers = new Float64Array(heap.memory().buffer.slice(pointer, pointer + 8 * chunks * batch * heads));
    return ofHeads(heap, heads, (head) => {
      let sum = 0;
      for (let part = 0; part < chunks * batch; part++) sum += numbers[part * heads + head] as number;
      return sum;
    });
  };
  return { pointer, apart: true, finish };
}

/** [h], one number for each head. */
export function ofHeads(heap: Heap, heads: number, numberOf: (head: number) => number): Tensor {
  const numbers = Float32Array.from({ length: heads }, (_, head) => numberOf(head)); // first: an output may grow the heap under a view
  const made = heap.makeOutput([heads]);
  heap.f32().set(numbers, heap.pointerOf(made) / 4);
  return made;
}

import type { ScoreTerm } from '@longspan/core-tensor';
import { type AttentionCall, type AttentionSizes, isLearned, tensorsOf } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Heap } from '../../../heap/heap.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import type { Arena } from './arena.ts';
import { copyRows } from './rows.ts';
import type { TermCotangent } from './terms.ts';

/** A slot for the gradient of a term that has one tensor, and how it becomes that gradient. */
export interface TermSlot extends TermCotangent {
  finish(): Tensor;
}

/**
 * Slots for the gradients of the call's terms; undefined for those without, and for relative positions.
 * @param chunks how many chunks of keys add to them side by side
 */
export const termSlots = (
  runtime: Runtime,
  arena: Arena,
  { terms }: AttentionCall,
  sizes: AttentionSizes,
  chunks: number,
): (TermSlot | undefined)[] => terms.map((term) => (isLearned(term) ? slotOf(runtime, arena, term, sizes, chunks) : undefined));

function slotOf(runtime: Runtime, arena: Arena, term: ScoreTerm, { batch, heads }: AttentionSizes, chunks: number): TermSlot | undefined {
  const { heap } = runtime;
  const [input] = tensorsOf(term);
  if (input === undefined) return undefined;
  switch (term.kind) {
    case 'bias':
    case 'blockBias': {
      const total = zeros(heap, input.shape);
      return { pointer: heap.pointerOf(total), apart: false, finish: () => total };
    }
    case 'distanceBias':
    case 'cellBias': {
      // One table for each chunk, batch row and head, so that these can be computed side by side.
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
    case 'alibi':
    case 'spanRamp': {
      const pointer = arena.zeros(8 * chunks * batch * heads);
      return { pointer, apart: true, finish: () => sumOfHeads(heap, pointer, chunks * batch, heads) };
    }
    default:
      return undefined;
  }
}

function zeros(heap: Heap, shape: readonly number[]): Tensor {
  const made = heap.makeOutput(shape);
  const first = heap.pointerOf(made) / 4;
  heap.f32().fill(0, first, first + made.size);
  return made;
}

/** [h] of float64 [parts, h] in the heap. */
function sumOfHeads(heap: Heap, pointer: number, parts: number, heads: number): Tensor {
  const total = heap.makeOutput([heads]);
  const numbers = new Float64Array(heap.memory().buffer.slice(pointer, pointer + 8 * parts * heads));
  const target = heap.pointerOf(total) / 4;
  const view = heap.f32();
  for (let head = 0; head < heads; head++) {
    let sumOfHead = 0;
    for (let part = 0; part < parts; part++) sumOfHead += numbers[part * heads + head] as number;
    view[target + head] = sumOfHead;
  }
  return total;
}

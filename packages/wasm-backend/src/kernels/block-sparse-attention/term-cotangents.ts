import { type AttentionCall, type AttentionSizes, isLearned, type ScoreTerm, tensorsOf } from '@longspan/core-tensor';
import { reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import type { Heap } from '../../heap.ts';
import type { Loan } from './loan.ts';
import type { TermCotangent } from './terms.ts';

/** Room for the gradient of a term that has one tensor, and how it becomes that gradient. */
export interface TermRoom extends TermCotangent {
  finish(): Tensor;
}

/** Room for the gradients of the call's terms; undefined for those without, and for relative positions. */
export const termRooms = (heap: Heap, loan: Loan, { terms }: AttentionCall, sizes: AttentionSizes): (TermRoom | undefined)[] =>
  terms.map((term) => (isLearned(term) ? roomOf(heap, loan, term, sizes) : undefined));

function roomOf(heap: Heap, loan: Loan, term: ScoreTerm, { batch, heads }: AttentionSizes): TermRoom | undefined {
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
      // One table for each batch row and head, so that these can be computed side by side.
      const [ownHeads = 1, ...rest] = input.shape;
      const all = zeros(heap, [batch, heads, ...rest]);
      const axes = ownHeads === 1 ? [0, 1] : [0];
      return { pointer: heap.pointerOf(all), apart: true, finish: () => reshape(sum(all, axes), input.shape) };
    }
    case 'alibi':
    case 'spanRamp': {
      const pointer = loan.zeros(8 * batch * heads);
      return { pointer, apart: true, finish: () => sumOfHeads(heap, pointer, batch, heads) };
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

/** [h] of float64 [b, h] in the heap. */
function sumOfHeads(heap: Heap, pointer: number, batch: number, heads: number): Tensor {
  const total = heap.makeOutput([heads]);
  const numbers = new Float64Array(heap.memory().buffer.slice(pointer, pointer + 8 * batch * heads));
  const target = heap.pointerOf(total) / 4;
  const view = heap.f32();
  for (let head = 0; head < heads; head++) {
    let sumOfHead = 0;
    for (let row = 0; row < batch; row++) sumOfHead += numbers[row * heads + head] as number;
    view[target + head] = sumOfHead;
  }
  return total;
}

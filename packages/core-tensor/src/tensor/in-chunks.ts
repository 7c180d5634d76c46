import { add, concat, dispose, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Span } from '../layout/span.ts';

/**
 * How many numbers the temporaries of one chunk may hold: 16 MB of float32, little beside a long sequence, and enough that what is short
 * is worked on all at once. The one budget of all work that goes some rows at a time; who needs another says how many times this.
 */
export const chunkBudget: number = 2 ** 22;

/** How many items of so many numbers fit the budget; at least one. */
export const itemsPerChunk = (numbersEach: number, budget: number = chunkBudget): number =>
  Math.max(1, Math.floor(budget / Math.max(1, numbersEach)));

/**
 * Items 0 … n in chunks of so many, and what is left; one empty chunk where there are none.
 * @example
 * chunksOf(5, 2); // => [{ start: 0, end: 2 }, { start: 2, end: 4 }, { start: 4, end: 5 }]
 */
export const chunksOf = (items: number, perChunk: number): readonly Span[] =>
  Array.from({ length: Math.max(1, Math.ceil(items / perChunk)) }, (_, nth) => ({
    start: nth * perChunk,
    end: Math.min(items, (nth + 1) * perChunk),
  }));

/**
 * The chunk's part of x along an axis, the first by default; x itself where that is all of it (on wasm a slice copies all of x first).
 * @shape x of any shape; returns it with as many items along the axis as the chunk has
 * @cost one copy of the part, or nothing
 */
export function partOf(x: Tensor, { start, end }: Span, axis = 0): Tensor {
  if (end - start === x.shape[axis]) return x;
  return slice(
    x,
    x.shape.map((_, at) => (at === axis ? start : 0)),
    x.shape.map((size, at) => (at === axis ? end - start : size)),
  );
}

/**
 * Works on one chunk after another, each in a tidy of its own, and joins what they make along an axis: the tensors that one chunk makes
 * are gone, but for its results, before the next begins.
 * @shape what `make` gives, joined along the axis
 * @cost that of `make` for each chunk, and one copy of the results where there are several
 * @param make gives the same number of tensors for every chunk
 */
export function inChunks<Made extends readonly Tensor[]>(
  chunks: readonly Span[],
  axis: number,
  make: (chunk: Span) => readonly [...Made],
): readonly [...Made] {
  const parts = chunks.map((chunk) => tidy(() => [...make(chunk)] as Tensor[]));
  const made =
    parts[0]?.map((_, at) =>
      joined(
        parts.map((part) => part[at] as Tensor),
        axis,
      ),
    ) ?? [];
  return made as readonly Tensor[] as readonly [...Made];
}

/**
 * The same for a backward pass: of each chunk the first tensor is the gradient of its own items, to be joined, and the others are
 * gradients of what all chunks share, to be added up.
 * @shape of what `make` gives the first joined along the axis, the others as they are
 * @cost that of `make` for each chunk; three of each shared gradient at a time
 */
export function sumInChunks<Sums extends readonly Tensor[]>(
  chunks: readonly Span[],
  axis: number,
  make: (chunk: Span) => readonly [part: Tensor, ...sums: Sums],
): readonly [whole: Tensor, ...sums: Sums] {
  const parts: Tensor[] = [];
  let sums: Tensor[] | undefined;
  for (const chunk of chunks) {
    const [part, ...own] = tidy(() => [...make(chunk)] as Tensor[]) as [Tensor, ...Tensor[]];
    parts.push(part);
    const before = sums;
    sums = before === undefined ? own : tidy(() => own.map((each, at) => add(before[at] as Tensor, each)));
    if (before !== undefined) dispose([before, own]);
  }
  return [joined(parts, axis), ...(sums ?? [])] as readonly Tensor[] as readonly [Tensor, ...Sums];
}

/** The parts as one tensor; disposes them where there are several. */
function joined(parts: Tensor[], axis: number): Tensor {
  if (parts.length === 1) return parts[0] as Tensor;
  const whole = concat(parts, axis);
  dispose(parts);
  return whole;
}

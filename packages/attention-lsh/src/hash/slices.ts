import { chunksOf, itemsPerChunk, rowsOf, scatterRows } from '@longspan/core-tensor/kernel';
import { add, concat, dispose, reshape, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';

/** Some of the b · h sequences of a call, one after the other: they have nothing to do with each other. */
export interface Slices {
  readonly first: number;
  readonly count: number;
  /** Sequences of the whole call. */
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
}

/** How the work is shared out: groups of slices, and how many rounds of hashing of a group are worked on at one time. */
export interface SliceGroups {
  readonly groups: readonly Slices[];
  readonly roundsTogether: number;
}

/** Groups of that many numbers of [b, h, n, width] for each round, or of one slice and round where that has more. */
export function groupsOf([batch = 0, heads = 0, length = 0, width = 0]: readonly number[], rounds: number, budget: number): SliceGroups {
  const pairs = itemsPerChunk(length * width, budget); // of slices and rounds
  const together = Math.min(pairs, batch * heads);
  const groups = chunksOf(batch * heads, together).map(({ start, end }) => ({ first: start, count: end - start, batch, heads, length }));
  return { groups, roundsTogether: Math.min(rounds, Math.floor(pairs / together)) };
}

/** The slices' part of [b, h, …]: [1, slices, …]. */
export function slicesOf(x: Tensor, { first, count, batch, heads }: Slices): Tensor {
  const rest = x.shape.slice(2);
  if (count === batch * heads) return reshape(x, [1, count, ...rest]);
  // Not by slice: tfjs-wasm's copies the whole of x first.
  const slices = tensor1d(
    Int32Array.from({ length: count }, (_, at) => first + at),
    'int32',
  );
  return reshape(rowsOf(reshape(x, [batch * heads, -1]), slices), [1, count, ...rest]);
}

/** All slices' parts [1, slices, …] as [b, h, …]; disposes them. */
export function whole(parts: Tensor[], { batch, heads }: Slices): Tensor {
  const joined = concat(parts, 1);
  dispose(parts);
  return reshape(joined, [batch, heads, ...joined.shape.slice(2)]);
}

/**
 * Sums rows [1, slices, m, width] into zeros of [1, slices, n, width] by their rows among the slices'; one may be met several times, or
 * never.
 */
export function summedByRow(ownRows: Tensor, updates: Tensor, length: number): Tensor {
  const [, slices = 0, , width = 0] = updates.shape;
  return reshape(scatterRows(ownRows, updates, slices * length), [1, slices, length, width]);
}

/** Positions in the slices' own sequences [1, slices, m] as rows of all sequences of the call. */
export const asRows = (positions: Tensor, { first, length }: Slices): Tensor => plus(positions, (at) => (first + at) * length);

/** Likewise as rows of the slices alone. */
export const asOwnRows = (positions: Tensor, { length }: Slices): Tensor => plus(positions, (at) => at * length);

/** Likewise as tokens of their batch rows. */
export const asTokens = (positions: Tensor, { first, heads, length }: Slices): Tensor =>
  plus(positions, (at) => Math.floor((first + at) / heads) * length);

/**
 * int32 [1, slices, …, m] with a number added to each line of m. Numbers of the full size: on wasm the sum of int32 that are
 * broadcast takes a hundred times as long as that of two of one shape.
 */
export function plus(positions: Tensor, added: (line: number) => number): Tensor {
  const { shape, size } = positions;
  const width = shape.at(-1) as number;
  const numbers = new Int32Array(size);
  for (let line = 0; line * width < size; line++) numbers.fill(added(line), line * width, (line + 1) * width);
  return add(positions, tensor(numbers, shape, 'int32'));
}

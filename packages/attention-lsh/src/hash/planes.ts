import { chunksOf, itemsPerChunk, rowsOf, scatterRows } from '@longspan/core-tensor/kernel';
import { add, concat, dispose, reshape, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';

/** Some of the b · h sequences of a call, one after the other: they have nothing to do with each other. */
export interface Planes {
  readonly first: number;
  readonly count: number;
  /** Sequences of the whole call. */
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
}

/** How the work is shared out: groups of planes, and how many rounds of hashing of a group are worked on at one time. */
export interface Shares {
  readonly groups: readonly Planes[];
  readonly roundsTogether: number;
}

/** Shares of that many numbers of [b, h, n, width] for each round, or of one plane and round where that has more. */
export function sharesOf([batch = 0, heads = 0, length = 0, width = 0]: readonly number[], rounds: number, budget: number): Shares {
  const pairs = itemsPerChunk(length * width, budget); // of planes and rounds
  const together = Math.min(pairs, batch * heads);
  const groups = chunksOf(batch * heads, together).map(({ start, end }) => ({ first: start, count: end - start, batch, heads, length }));
  return { groups, roundsTogether: Math.min(rounds, Math.floor(pairs / together)) };
}

/** The planes' part of [b, h, …]: [1, planes, …]. */
export function planesOf(x: Tensor, { first, count, batch, heads }: Planes): Tensor {
  const rest = x.shape.slice(2);
  if (count === batch * heads) return reshape(x, [1, count, ...rest]);
  // Not by slice: tfjs-wasm's copies the whole of x first.
  const planes = tensor1d(
    Int32Array.from({ length: count }, (_, at) => first + at),
    'int32',
  );
  return reshape(rowsOf(reshape(x, [batch * heads, -1]), planes), [1, count, ...rest]);
}

/** All planes' parts [1, planes, …] as [b, h, …]; disposes them. */
export function whole(parts: Tensor[], { batch, heads }: Planes): Tensor {
  const joined = concat(parts, 1);
  dispose(parts);
  return reshape(joined, [batch, heads, ...joined.shape.slice(2)]);
}

/** Sums rows [1, planes, m, width] into zeros of [1, planes, n, width] by their rows among the planes'; one may be met several times, or never. */
export function summedByRow(ownRows: Tensor, updates: Tensor, length: number): Tensor {
  const [, planes = 0, , width = 0] = updates.shape;
  return reshape(scatterRows(ownRows, updates, planes * length), [1, planes, length, width]);
}

/** Positions in the planes' own sequences [1, planes, m] as rows of all sequences of the call. */
export const asRows = (positions: Tensor, { first, length }: Planes): Tensor => plus(positions, (plane) => (first + plane) * length);

/** Likewise as rows of the planes alone. */
export const asOwnRows = (positions: Tensor, { length }: Planes): Tensor => plus(positions, (plane) => plane * length);

/** Likewise as tokens of their batch rows. */
export const asTokens = (positions: Tensor, { first, heads, length }: Planes): Tensor =>
  plus(positions, (plane) => Math.floor((first + plane) / heads) * length);

/**
 * int32 [1, planes, …, m] with a number added to each line of m. Numbers of the full size: on wasm the sum of int32 that are
 * broadcast takes a hundred times as long as that of two of one shape.
 */
export function plus(positions: Tensor, added: (line: number) => number): Tensor {
  const { shape, size } = positions;
  const width = shape.at(-1) as number;
  const numbers = new Int32Array(size);
  for (let line = 0; line * width < size; line++) numbers.fill(added(line), line * width, (line + 1) * width);
  return add(positions, tensor(numbers, shape, 'int32'));
}

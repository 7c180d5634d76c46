import { add, concat, dispose, gatherND, reshape, type Tensor, tensor, tensor2d } from '@tensorflow/tfjs-core';

/** Some of the b · h sequences of a call, one after the other: they have nothing to do with each other. */
export interface Planes {
  readonly first: number;
  readonly count: number;
  /** Sequences of the whole call. */
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
}

/** The planes of [b, h, n, width], in groups of that many numbers, or of one plane where that has more. */
export function planesOf([batch = 0, heads = 0, length = 0, width = 0]: readonly number[], liveNumbers: number): readonly Planes[] {
  const together = Math.max(1, Math.floor(liveNumbers / (length * width)));
  return Array.from({ length: Math.ceil((batch * heads) / together) }, (_, nth) => {
    const first = nth * together;
    return { first, count: Math.min(together, batch * heads - first), batch, heads, length };
  });
}

/** The planes' part of [b, h, …]: [1, planes, …]. */
export function partOf(x: Tensor, { first, count, batch, heads }: Planes): Tensor {
  const rest = x.shape.slice(2);
  if (count === batch * heads) return reshape(x, [1, count, ...rest]);
  // Not by slice: tfjs-wasm's copies the whole of x first.
  const rows = gatherND(
    reshape(x, [batch * heads, -1]),
    tensor2d(
      Int32Array.from({ length: count }, (_, at) => first + at),
      [count, 1],
      'int32',
    ),
  );
  return reshape(rows, [1, count, ...rest]);
}

/** All planes' parts [1, planes, …] as [b, h, …]; disposes them. */
export function whole(parts: Tensor[], { batch, heads }: Planes): Tensor {
  const joined = concat(parts, 1);
  dispose(parts);
  return reshape(joined, [batch, heads, ...joined.shape.slice(2)]);
}

/** Positions in the planes' own sequences [1, planes, m] as rows of all sequences of the call. */
export const asRows = (positions: Tensor, { first, count, length }: Planes): Tensor =>
  add(
    positions,
    firsts(count, (plane) => (first + plane) * length),
  );

/** Likewise as rows of the planes alone. */
export const asOwnRows = (positions: Tensor, { count, length }: Planes): Tensor =>
  add(
    positions,
    firsts(count, (plane) => plane * length),
  );

/** Likewise as tokens of their batch rows. */
export const asTokens = (positions: Tensor, { first, count, heads, length }: Planes): Tensor =>
  add(
    positions,
    firsts(count, (plane) => Math.floor((first + plane) / heads) * length),
  );

/** One number for each plane, to be added to its places: int32 [1, planes, 1]. */
export const firsts = (count: number, first: (plane: number) => number): Tensor =>
  tensor(
    Int32Array.from({ length: count }, (_, plane) => first(plane)),
    [1, count, 1],
    'int32',
  );

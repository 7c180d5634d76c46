import { type Tolerance, worst } from '../expect/close.ts';

/** How one tensor of ours stands against the reference's, at the element that is worst against its allowance. */
export interface Comparison {
  /** The name in the fixture: `out.o`, `grad.in.q`. */
  readonly tensor: string;
  /** Which way of computing it, where a family knows several: `blockSize 16`. */
  readonly way: string;
  /** |ours − the reference's| there; nothing where there was nothing to subtract. */
  readonly error: number | undefined;
  readonly tolerance: Tolerance;
  /** The error as a part of what the tolerance allows: above 1 is a miss. */
  readonly share: number;
  /** What is wrong, in words, where it is a miss. */
  readonly problem: string | undefined;
}

/** Numbers on the host, and the shape that they stand in. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Compares shapes, then all elements. */
export function compare(tensor: string, way: string, ours: Values, reference: Values, tolerance: Tolerance): Comparison {
  if (ours.shape.join() !== reference.shape.join()) {
    return missed(tensor, way, `has the shape [${ours.shape.join(', ')}], expected [${reference.shape.join(', ')}]`, tolerance);
  }
  const { index, actual, expected, share } = worst(ours.values, reference.values, tolerance);
  const error = actual === expected ? 0 : Math.abs(actual - expected);
  const problem = share > 1 ? `[${coordinates(index, reference.shape).join(', ')}] is ${actual}, expected ${expected}` : undefined;
  return { tensor, way, error, tolerance, share, problem };
}

/** A tensor that could not be compared at all. */
export const missed = (tensor: string, way: string, problem: string, tolerance: Tolerance): Comparison => ({
  tensor,
  way,
  error: undefined,
  tolerance,
  share: Number.POSITIVE_INFINITY,
  problem,
});

/** The comparison that used most of its allowance; of equals the first. */
export const worstOf = (comparisons: readonly Comparison[]): Comparison | undefined =>
  comparisons.reduce<Comparison | undefined>((found, next) => (found === undefined || next.share > found.share ? next : found), undefined);

function coordinates(index: number, shape: readonly number[]): number[] {
  const found: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    found.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return found;
}

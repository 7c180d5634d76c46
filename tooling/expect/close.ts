/** `|actual − expected| ≤ atol + rtol · |expected|`, element by element. */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

export interface Miss {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  /** How far the error is from its allowance: above 1 is a miss. */
  readonly share: number;
}

const shareOf = (actual: number, expected: number, { atol, rtol }: Tolerance): number => {
  if (actual === expected) return 0; // the infinities too
  const error = Math.abs(actual - expected);
  return Number.isFinite(error) ? error / (atol + rtol * Math.abs(expected)) : Number.POSITIVE_INFINITY; // NaN equals nothing
};

/** The element that is worst against its allowance. */
export function worst(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance): Miss {
  let found: Miss = { index: -1, actual: 0, expected: 0, share: 0 };
  for (let index = 0; index < expected.length; index++) {
    const share = shareOf(actual[index] as number, expected[index] as number, tolerance);
    if (share > found.share || found.index < 0)
      found = { index, actual: actual[index] as number, expected: expected[index] as number, share };
  }
  return found;
}

/** Throws with the worst index and both values where any element is further off than the tolerance allows. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance, label = 'values'): void {
  if (actual.length !== expected.length) throw new Error(`${label}: ${actual.length} elements, expected ${expected.length}`);
  const miss = worst(actual, expected, tolerance);
  if (miss.share > 1) {
    throw new Error(
      `${label}: element ${miss.index} is ${miss.actual}, expected ${miss.expected} (atol ${tolerance.atol}, rtol ${tolerance.rtol}; ${miss.share.toPrecision(3)} times the allowance)`,
    );
  }
}

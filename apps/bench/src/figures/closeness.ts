/** `|actual − expected| ≤ atol + rtol · |expected|`, element by element. */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

/** The largest error, and the largest share of an allowance that any element used; NaN or another length uses infinitely much. */
export interface Miss {
  readonly error: number;
  readonly share: number;
}

/** Compares numbers; equal infinities are equal, NaN equals nothing. */
export function worstMiss(actual: ArrayLike<number>, expected: ArrayLike<number>, { atol, rtol }: Tolerance): Miss {
  if (actual.length !== expected.length) return { error: Number.POSITIVE_INFINITY, share: Number.POSITIVE_INFINITY };
  let [worst, share] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    const [one, other] = [actual[index] as number, expected[index] as number];
    if (one === other) continue;
    const difference = Math.abs(one - other);
    if (!Number.isFinite(difference)) return { error: Number.POSITIVE_INFINITY, share: Number.POSITIVE_INFINITY };
    worst = Math.max(worst, difference);
    share = Math.max(share, difference / (atol + rtol * Math.abs(other)));
  }
  return { error: worst, share };
}

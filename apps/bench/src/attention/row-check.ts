import { createKey, randomPermutation } from '@longspan/core-tensor/key';

/** What a row of attention is recomputed from: arrays in the layout [1, heads, n, headDim], and a window. */
export interface RowProblem {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly n: number;
  readonly heads: number;
  readonly headDim: number;
  /** Keys to the left of the query that it attends to besides itself. */
  readonly left: number;
  /** Keys to its right; 0 by default, which is causal. */
  readonly right?: number;
  /** How many of the first keys every later query sees too; none by default. */
  readonly globals?: number;
}

/** float32 softmax rows of a few hundred keys, summed in another order. */
const rowTolerance = 1e-4;

/**
 * Recomputes some rows of window attention in float64 and says how far the given output is off at worst; the first and
 * the last query are always among them, the rest is drawn.
 * @throws Error where a number is off by more than the tolerance, or is none
 */
export function checkRows(
  out: ArrayLike<number>,
  problem: RowProblem,
  seed: number,
  { rows = 8, tolerance = rowTolerance }: { readonly rows?: number; readonly tolerance?: number } = {},
): number {
  const { n, heads } = problem;
  const drawn = randomPermutation(createKey(seed).fold('rows'), n).subarray(0, rows);
  let worst = 0;
  for (const query of [0, n - 1, ...drawn]) {
    for (let head = 0; head < heads; head++) {
      const expected = attentionRow(problem, head, query);
      const from = (head * n + query) * problem.headDim;
      expected.forEach((value, at) => {
        const error = Math.abs(value - (out[from + at] as number));
        if (!(error <= tolerance)) {
          throw new Error(`wrong answer: head ${head}, query ${query}, column ${at} is ${out[from + at]}, expected ${value}`);
        }
        worst = Math.max(worst, error);
      });
    }
  }
  return worst;
}

/** One row of softmax(q kᵀ / √d) v over the window's keys, or over those given, in float64. */
export function attentionRow(
  problem: RowProblem,
  head: number,
  query: number,
  keys: readonly number[] = windowKeys(problem, query),
): Float64Array {
  const { q, k, v, n, headDim } = problem;
  const at = (token: number): number => (head * n + token) * headDim;
  const scores = keys.map((key) => {
    let dot = 0;
    for (let axis = 0; axis < headDim; axis++) dot += (q[at(query) + axis] as number) * (k[at(key) + axis] as number);
    return dot / Math.sqrt(headDim);
  });
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const row = new Float64Array(headDim);
  weights.forEach((weight, step) => {
    const from = at(keys[step] as number);
    for (let axis = 0; axis < headDim; axis++) row[axis] = (row[axis] as number) + (weight / total) * (v[from + axis] as number);
  });
  return row;
}

function windowKeys({ n, left, right = 0, globals = 0 }: RowProblem, query: number): number[] {
  const first = Math.max(0, query - left);
  const own = Array.from({ length: Math.min(n - 1, query + right) - first + 1 }, (_, step) => first + step);
  return [...Array.from({ length: Math.min(globals, first) }, (_, key) => key), ...own];
}

/** Sums of up to 65,536 float32 terms of either sign, compared with their root mean square. */
const lawTolerance = 1e-3;

/**
 * Two laws that any right gradient of softmax attention obeys, whatever the mask: each query's weights add up to 1, so the
 * gradients of all values add up to the cotangents; and a score is bilinear in q and k, so q·dq and k·dk have one sum.
 * @returns the worse of the two errors, each against the size of what was summed
 * @throws Error where a law is broken
 */
export function checkGradientLaws(
  problem: RowProblem,
  cotangent: ArrayLike<number>,
  gradients: { readonly q: ArrayLike<number>; readonly k: ArrayLike<number>; readonly v: ArrayLike<number> },
): number {
  const { n, heads, headDim } = problem;
  let worst = 0;
  const hold = (law: string, left: number, right: number, size: number): void => {
    const error = Math.abs(left - right) / Math.max(size, Number.MIN_VALUE);
    if (!(error <= lawTolerance)) throw new Error(`wrong gradient: ${law}: ${left} against ${right}`);
    worst = Math.max(worst, error);
  };
  for (let head = 0; head < heads; head++) {
    const dots = { q: 0, k: 0, squares: 0 };
    for (let axis = 0; axis < headDim; axis++) {
      let [given, asked, squares] = [0, 0, 0];
      for (let token = 0; token < n; token++) {
        const at = (head * n + token) * headDim + axis;
        given += gradients.v[at] as number;
        asked += cotangent[at] as number;
        squares += (cotangent[at] as number) ** 2;
        const term = (problem.q[at] as number) * (gradients.q[at] as number);
        dots.q += term;
        dots.k += (problem.k[at] as number) * (gradients.k[at] as number);
        dots.squares += term ** 2;
      }
      hold(`head ${head}, column ${axis}: the sum of dv is not that of the cotangents`, given, asked, Math.sqrt(squares));
    }
    hold(`head ${head}: the sums of q·dq and k·dk differ`, dots.q, dots.k, Math.sqrt(dots.squares));
  }
  return worst;
}

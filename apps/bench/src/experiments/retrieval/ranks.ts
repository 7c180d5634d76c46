/** A list of scores, higher is better. */
export type Scores = Float32Array | Float64Array;

/** Among what a paragraph has to be found: all chapters, or its own. */
export type Scope = 'book' | 'chapter';

/** A mean with its standard error. */
export interface Mean {
  readonly mean: number;
  readonly error: number;
}

/** 1 / rank of one unit among units; of equals the earlier ranks higher, as in `search`. */
export function reciprocalRank(scores: Scores, wanted: number): number {
  const own = scores[wanted] as number;
  let rank = 1;
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at] as number;
    if (score > own || (score === own && at < wanted)) rank++;
  }
  return 1 / rank;
}

/** The mean of values and its standard error, from their spread. */
export function meanOf(values: readonly number[]): Mean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}

/**
 * Cosines and BM25 as `search` fuses them: each from what it is at the least, −1 and 0, up to the most that a unit has, to 0 … 1.
 * @param weight the vectors' share
 */
export function fusedScores(cosines: Scores, bm25: Scores, weight: number): Float64Array {
  const most = (scores: Scores, least: number): number => {
    let sofar = least;
    for (const score of scores) sofar = Math.max(sofar, score);
    return sofar - least;
  };
  const [ofCosines, ofWords] = [most(cosines, -1), most(bm25, 0)];
  const share = (value: number, range: number): number => (range === 0 ? 0 : value / range);
  return Float64Array.from(
    cosines,
    (cosine, at) => weight * share(cosine + 1, ofCosines) + (1 - weight) * share(bm25[at] as number, ofWords),
  );
}

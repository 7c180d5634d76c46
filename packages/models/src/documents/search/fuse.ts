/** How the scores of vectors and of words become one. */
export type Fusion = 'score' | 'rank';

/** What one of two systems says of each unit. */
export type Scores = Float64Array;

/**
 * One score of two. 'score': the convex combination w · φ(vector) + (1 − w) · φ(bm25), where φ brings the scores of a query between what the
 * system could give at the least (−1 for a cosine, 0 for BM25) and what it gave at the most to 0 … 1. 'rank': the sum of 1 / (60 + rank),
 * over the systems that found the unit.
 * @source Bruch, Gai and Ingber 2023 (arXiv 2210.11934) §4, theoretical min-max; Cormack, Clarke and Büttcher 2009, reciprocal rank fusion
 * @cost O(units), of ranks O(units · log(units))
 */
export function fuse(vector: Scores, bm25: Scores, { fusion, weight }: { readonly fusion: Fusion; readonly weight: number }): Float64Array {
  if (fusion === 'rank') {
    const [byVector, byWords] = [reciprocalRanks(vector, -Infinity), reciprocalRanks(bm25, 0)];
    return byVector.map((score, unit) => score + (byWords[unit] as number));
  }
  const [ofVector, ofWords] = [between(vector, -1), between(bm25, 0)];
  return vector.map((score, unit) => weight * ofVector(score) + (1 - weight) * ofWords(bm25[unit] as number));
}

function between(scores: Scores, least: number): (score: number) => number {
  const range = scores.reduce((most, score) => Math.max(most, score), least) - least;
  return (score) => (range === 0 ? 0 : (score - least) / range);
}

const usual = 60;

/** 0 for what is at the floor: it was not found. */
function reciprocalRanks(scores: Scores, floor: number): Float64Array {
  const order = Array.from(scores.keys())
    .filter((unit) => (scores[unit] as number) > floor)
    .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const ranks = new Float64Array(scores.length);
  order.forEach((unit, rank) => {
    ranks[unit] = 1 / (usual + rank + 1);
  });
  return ranks;
}

import { describe, expect, it } from 'vitest';
import { fusedScores, meanOf, reciprocalRank } from './ranks.ts';

describe('ranks', () => {
  it('count what scores higher, and of equals what comes earlier', () => {
    const scores = Float64Array.of(0.5, 0.9, 0.5, 0.1);
    expect([0, 1, 2, 3].map((at) => reciprocalRank(scores, at))).toEqual([1 / 2, 1, 1 / 3, 1 / 4]);
  });

  it('have a mean with the error of its spread', () => {
    const { mean, error } = meanOf([1, 0, 1, 0]);
    expect(mean).toBe(0.5);
    expect(error).toBeCloseTo(Math.sqrt(1 / 3 / 4), 12);
  });
});

describe('fused scores', () => {
  const [cosines, bm25] = [Float64Array.of(1, 0, -1), Float64Array.of(0, 4, 2)];

  it('are shares of the most that each system gave, by the weight', () => {
    expect([...fusedScores(cosines, bm25, 1)]).toEqual([1, 0.5, 0]);
    expect([...fusedScores(cosines, bm25, 0)]).toEqual([0, 1, 0.5]);
    expect([...fusedScores(cosines, bm25, 0.5)]).toEqual([0.5, 0.75, 0.25]);
  });

  it('are the vectors alone where no word is found', () => {
    expect([...fusedScores(cosines, new Float64Array(3), 0.8)]).toEqual([0.8, 0.4, 0]);
  });
});

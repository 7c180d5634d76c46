import { independentSearch } from './independent.ts';
import type { Search } from './search.ts';

/** The first token of the highest score. */
const bestToken = (scores: Float64Array): number =>
  scores.reduce((best, score, token) => (score > (scores[best] as number) ? token : best), 0);

/**
 * Takes the likeliest token at every step, the first of those that tie.
 * @cost one pass over the vocabulary a step
 * @example
 * greedy().rows; // => 1
 */
export const greedy = (): Search => independentSearch('greedy', 1, bestToken);

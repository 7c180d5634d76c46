import { ConfigError, requireKnown } from '@longspan/core-tensor/error';
import type { Metric } from './metric.ts';
import { requireList, requireNumbers, requireSameLength } from './numbers.ts';
import { type FirstK, meanOverQueries, queriesOf, type RankedBatch, requireK } from './ranked.ts';

/** The same with degrees of relevance. */
export interface GradedBatch extends RankedBatch {
  /** For each query what each of its relevant documents is worth; 1 each by default. */
  readonly gains?: readonly ArrayLike<number>[] | undefined;
}

/**
 * Normalised discounted cumulative gain (nDCG): the gains of the documents that were found, each over log₂(1 + its rank), as a part of what
 * the best order would have; 0 for a query without relevant documents; the mean over all queries. Gains are taken as they are, as trec_eval
 * and scikit-learn do; for the form with 2^grade − 1, give that.
 * @param options.k how many of the first documents count; all by default
 * @returns a metric of `{ rankings, relevant, gains? }`
 * @throws ConfigError when k is not an integer of at least 1; of `add`, when the lists do not belong together or a gain is negative
 * @cost O(documents · log documents) of each batch; two numbers are kept
 * @source Järvelin & Kekäläinen 2002, Cumulated gain-based evaluation of IR techniques
 * @example
 * const metric = ndcg({ k: 3 });
 * metric.add({ rankings: [[7, 5, 9]], relevant: [[5, 9]], gains: [[2, 1]] });
 * metric.value(); // => (2 / Math.log2(3) + 1 / 2) / (2 + 1 / Math.log2(3))
 */
export function ndcg(options: Partial<FirstK> = {}): Metric<GradedBatch> {
  requireKnown('ndcg', options, { k: true });
  const { k } = options;
  if (k !== undefined) requireK('ndcg', k);
  return meanOverQueries((batch) => {
    const queries = queriesOf('ndcg.add', batch);
    const gains = gainsOf('ndcg.add', batch);
    return queries.map(({ ranking, relevant }, at) => {
      const own = gains?.[at];
      const gainOf = (index: number | undefined): number => (index === undefined ? 0 : (own?.[index] ?? 1));
      const best = discounted(
        [...relevant.values()]
          .map(gainOf)
          .sort((a, b) => b - a)
          .slice(0, k),
      );
      return best === 0 ? 0 : discounted(ranking.slice(0, k).map((id) => gainOf(relevant.get(id)))) / best;
    });
  });
}

const discounted = (gains: readonly number[]): number => gains.reduce((sum, gain, at) => sum + gain / Math.log2(at + 2), 0);

function gainsOf(caller: string, { relevant, gains }: GradedBatch): readonly ArrayLike<number>[] | undefined {
  if (gains === undefined) return undefined;
  requireList(caller, 'gains', gains);
  requireSameLength(caller, ['relevant', relevant], ['gains', gains]);
  for (const [at, own] of gains.entries()) {
    requireNumbers(caller, `gains[${at}]`, own);
    requireSameLength(caller, [`relevant[${at}]`, relevant[at] ?? []], [`gains[${at}]`, own]);
    const wrong = Array.from(own).find((gain) => gain < 0);
    if (wrong === undefined) continue;
    throw new ConfigError({
      caller,
      problem: 'gains must not be negative.',
      expected: 'numbers of at least 0',
      got: `${wrong} in gains[${at}]`,
      remedy: 'leave documents that are not relevant out of relevant, or give them 0.',
    });
  }
  return gains;
}

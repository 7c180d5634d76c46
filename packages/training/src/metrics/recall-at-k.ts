import { requireKnown } from '@longspan/core-tensor/error';
import type { Metric } from './metric.ts';
import { type FirstK, meanOverQueries, queriesOf, type RankedBatch, requireK } from './ranked.ts';

/**
 * Recall at k: the part of a query's relevant documents that are among the first k found; 0 for a query without any; the mean over all
 * queries.
 * @param options.k how many of the first documents count
 * @returns a metric of `{ rankings, relevant }`
 * @throws ConfigError when k is not an integer of at least 1; of `add`, when the lists do not belong together
 * @cost O(documents) of each batch; two numbers are kept
 * @source Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval §8.4
 * @example
 * const metric = recallAtK({ k: 2 });
 * metric.add({ rankings: [[5, 4, 6]], relevant: [[4, 6]] });
 * metric.value(); // => 0.5
 */
export function recallAtK(options: FirstK): Metric<RankedBatch> {
  requireKnown('recallAtK', options, { k: true });
  const { k } = options;
  requireK('recallAtK', k);
  return meanOverQueries((batch) =>
    queriesOf('recallAtK.add', batch).map(({ ranking, relevant }) =>
      relevant.size === 0 ? 0 : ranking.slice(0, k).filter((id) => relevant.has(id)).length / relevant.size,
    ),
  );
}

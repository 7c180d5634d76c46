import { requireKnown } from '@longspan/core-tensor/error';
import type { Metric } from './metric.ts';
import { type FirstK, meanOverQueries, queriesOf, type RankedBatch, requireK } from './ranked.ts';

/**
 * Hits at k: the part of queries of which any relevant document is among the first k found.
 * @param options.k how many of the first documents count
 * @returns a metric of `{ rankings, relevant }`
 * @throws ConfigError when k is not an integer of at least 1; of `add`, when the lists do not belong together
 * @cost O(documents) of each batch; two numbers are kept
 * @source Bordes et al. 2013, Translating embeddings for modeling multi-relational data §4.2
 * @example
 * const metric = hitsAtK({ k: 2 });
 * metric.add({ rankings: [[5, 4, 6], [9, 8, 7]], relevant: [[4, 6], [1]] });
 * metric.value(); // => 0.5
 */
export function hitsAtK(options: FirstK): Metric<RankedBatch> {
  requireKnown('hitsAtK', options, { k: true });
  const { k } = options;
  requireK('hitsAtK', k);
  return meanOverQueries((batch) =>
    queriesOf('hitsAtK.add', batch).map(({ ranking, relevant }) => Number(ranking.slice(0, k).some((id) => relevant.has(id)))),
  );
}

import { requireKnown } from '@longspan/core-tensor/error';
import type { Metric } from './metric.ts';
import { type FirstK, meanOverQueries, queriesOf, type RankedBatch, requireK } from './ranked.ts';

/**
 * Mean reciprocal rank (MRR): 1 over the rank of the first relevant document, 0 where none was found; the mean over all queries.
 * @param options.k how many of the first documents count; all by default
 * @returns a metric of `{ rankings, relevant }`
 * @throws ConfigError when k is not an integer of at least 1; of `add`, when the lists do not belong together
 * @cost O(documents) of each batch; two numbers are kept
 * @source Voorhees 1999, The TREC-8 question answering track report
 * @example
 * const metric = meanReciprocalRank();
 * metric.add({ rankings: [[3, 1, 2], ['a', 'b']], relevant: [[1], ['a', 'c']] });
 * metric.value(); // => (1 / 2 + 1) / 2
 */
export function meanReciprocalRank(options: Partial<FirstK> = {}): Metric<RankedBatch> {
  requireKnown('meanReciprocalRank', options, { k: true });
  const { k } = options;
  if (k !== undefined) requireK('meanReciprocalRank', k);
  return meanOverQueries((batch) =>
    queriesOf('meanReciprocalRank.add', batch).map(({ ranking, relevant }) => {
      const at = ranking.slice(0, k).findIndex((id) => relevant.has(id));
      return at < 0 ? 0 : 1 / (at + 1);
    }),
  );
}

import { requireIntegers } from '@longspan/core-tensor/error';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import { positionSet } from '../algebra/position-set.ts';

/**
 * The tokens at these positions attend to all and are visible to all; no other query attends to anything. Combine it by `or`.
 * @throws ConfigError when a position is not an integer of at least 0
 * @source Longformer (arXiv 2004.05150) §3.1
 * @example
 * const mask = globalTokens([0]);
 * [mask.allows(0, 7), mask.allows(7, 0), mask.allows(7, 7)]; // => [true, true, false]
 */
export function globalTokens(positions: ArrayLike<number>): Mask {
  const tokens = positionSet(requireIntegers('globalTokens', 'positions', positions, 0));
  const relative = (start: number, end: number) =>
    tokens.count(start, end) === 0
      ? ''
      : tokens
          .within(start, end)
          .map((position) => position - start)
          .join();
  return mask({
    name: call('globalTokens', tokens.sorted),
    json: { kind: 'globalTokens', positions: tokens.sorted },
    allows: (query, key) => tokens.has(query) || tokens.has(key),
    cover: (queries, keys) => {
      const globalQueries = tokens.count(queries.start, queries.end);
      const globalKeys = tokens.count(keys.start, keys.end);
      if (globalQueries === 0 && globalKeys === 0) return 'none';
      return globalQueries === queries.end - queries.start || globalKeys === keys.end - keys.start ? 'all' : 'some';
    },
    pattern: (queries, keys) => `${relative(queries.start, queries.end)};${relative(keys.start, keys.end)}`,
  });
}

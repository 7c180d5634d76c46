import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { coverOfRange, periodic } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';

/** How far a query attends to either side, in tokens besides its own position; a side that is left out is 0. */
export interface Sides {
  readonly left?: number | undefined;
  readonly right?: number | undefined;
}

/**
 * A query attends to `left` tokens before it, itself, and `right` tokens after it: left + right + 1 keys. Names and JSON say both.
 * @throws ConfigError when a side is not an integer of tokens
 * @source Longformer (arXiv 2004.05150) §3.1, whose `attention_window` w is `{ left: w / 2, right: w / 2 }`
 * @example
 * const window = slidingWindow({ left: 2, right: 0 });
 * [4, 5, 6, 7, 8].map((key) => window.allows(7, key)); // => [false, true, true, true, false]
 * slidingWindow({ left: 2 }).name; // => 'slidingWindow({ left: 2, right: 0 })'
 */
export function slidingWindow(config: Sides): Mask {
  requireKnown('slidingWindow', config, { left: true, right: true });
  const { left = 0, right = 0 } = config;
  requireInteger('slidingWindow', { left, right }, 0);
  return mask({
    name: call('slidingWindow', { left, right }),
    json: { kind: 'slidingWindow', left, right },
    allows: (query, key) => key >= query - left && key <= query + right,
    cover: (queries, keys) => coverOfRange(keys.start - queries.end + 1, keys.end - 1 - queries.start, -left, right),
    pattern: periodic(1),
  });
}

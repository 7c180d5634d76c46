import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { coverOfRange, periodic } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import type { Sides } from './sliding-window.ts';

/**
 * A window counted in blocks: a query attends to its own block of `blockSize` tokens, `left` blocks before it and `right` after it, so how
 * many keys lie on each side depends on its place in its block (local-attention's buckets).
 * @throws ConfigError when a count is not an integer
 * @example
 * const mask = blockWindow({ blockSize: 4, left: 1, right: 0 });
 * [mask.allows(4, 0), mask.allows(7, 0), mask.allows(7, 8), mask.allows(8, 3)]; // => [true, true, false, false]
 */
export function blockWindow(config: Sides & { readonly blockSize: number }): Mask {
  requireKnown('blockWindow', config, { blockSize: true, left: true, right: true });
  const { blockSize, left = 0, right = 0 } = config;
  requireInteger('blockWindow', { blockSize }, 1);
  requireInteger('blockWindow', { left, right }, 0);
  const block = (position: number): number => Math.floor(position / blockSize);
  return mask({
    name: call('blockWindow', { blockSize, left, right }),
    json: { kind: 'blockWindow', size: blockSize, left, right },
    allows: (query, key) => block(key) >= block(query) - left && block(key) <= block(query) + right,
    cover: (queries, keys) =>
      coverOfRange(block(keys.start) - block(queries.end - 1), block(keys.end - 1) - block(queries.start), -left, right),
    pattern: periodic(blockSize),
  });
}

import { requireInteger } from '@longspan/core-tensor/error';
import { periodic } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { coverOfStretches } from '../algebra/cover.ts';
import { type Mask, mask } from '../algebra/mask.ts';

/**
 * Cuts the sequence into blocks of `size` tokens; a query sees its own block.
 * @throws ConfigError when `size` is not an integer of at least 1
 * @example
 * const mask = blockDiagonal({ size: 4 });
 * [mask.allows(5, 7), mask.allows(5, 3)]; // => [true, false]
 */
export function blockDiagonal({ size }: { readonly size: number }): Mask {
  requireInteger('blockDiagonal', { size }, 1);
  return mask({
    name: call('blockDiagonal', { size }),
    json: { kind: 'blockDiagonal', size },
    allows: (query, key) => Math.floor(query / size) === Math.floor(key / size),
    cover: (queries, keys) => coverOfStretches(queries.start, queries.end - 1, keys.start, keys.end - 1, size),
    pattern: periodic(size),
  });
}

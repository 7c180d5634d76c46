import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { periodic } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { coverOfBlocks } from '../algebra/cover.ts';
import { type Mask, mask } from '../algebra/mask.ts';

/**
 * Cuts the sequence into blocks of `blockSize` tokens; a query attends to its own block.
 * @throws ConfigError when `blockSize` is not an integer of at least 1
 * @example
 * const mask = blockDiagonal({ blockSize: 4 });
 * [mask.allows(5, 7), mask.allows(5, 3)]; // => [true, false]
 */
export function blockDiagonal(config: { readonly blockSize: number }): Mask {
  requireKnown('blockDiagonal', config, { blockSize: true });
  const { blockSize } = config;
  requireInteger('blockDiagonal', { blockSize }, 1);
  return mask({
    name: call('blockDiagonal', { blockSize }),
    json: { kind: 'blockDiagonal', size: blockSize },
    allows: (query, key) => Math.floor(query / blockSize) === Math.floor(key / blockSize),
    cover: (queries, keys) => coverOfBlocks(queries.start, queries.end - 1, keys.start, keys.end - 1, blockSize),
    pattern: periodic(blockSize),
  });
}

import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { periodic } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { holdsMultiple } from '../algebra/cover.ts';
import { type Mask, mask } from '../algebra/mask.ts';

/**
 * A query attends to the `stride` tokens before it, itself, and every `stride`-th token further back. Causal by itself.
 * @throws ConfigError when `stride` is not an integer of at least 1
 * @source Sparse Transformer (arXiv 1904.10509) §4.2: both parts of strided attention in one mask
 * @example
 * [...Array(12).keys()].filter((key) => strided({ stride: 4 }).allows(11, key)); // => [3, 7, 8, 9, 10, 11]
 */
export function strided(config: { readonly stride: number }): Mask {
  requireKnown('strided', config, { stride: true });
  const { stride } = config;
  requireInteger('strided', { stride }, 1);
  return mask({
    name: call('strided', { stride }),
    json: { kind: 'strided', stride },
    allows: (query, key) => key <= query && (query - key <= stride || (query - key) % stride === 0),
    cover: (queries, keys) => {
      const nearest = queries.start - keys.end + 1;
      const farthest = queries.end - 1 - keys.start;
      if (farthest < 0 || (nearest > stride && !holdsMultiple(nearest, farthest, stride))) return 'none';
      // Beyond the window two neighbouring distances are both multiples only if the stride is 1.
      return nearest >= 0 && (farthest <= stride || stride === 1 || nearest === farthest) ? 'all' : 'some';
    },
    pattern: periodic(1),
  });
}

import { requireCountOfNumbers, requireKnown } from '@longspan/core-tensor/error';
import { type Extent, everySelection, resolveExtent } from '@longspan/core-tensor/layout';
import type { Mask } from './mask.ts';
import { requireMask } from './require-mask.ts';

/**
 * Writes the mask out, one byte per pair: 1 = may attend to. For small sizes and for comparing; layouts never do this.
 * @shape returns [mask.batch, mask.heads, queryLength, keyLength], flat
 * @throws ConfigError when a length or the offset is not an integer
 * @cost O(batch · heads · queryLength · keyLength) time and bytes
 * @example
 * Array.from(denseMask(causal(), { queryLength: 2, keyLength: 3 })); // => [1, 1, 0, 1, 1, 1]
 */
export function denseMask(mask: Mask, extent: Extent): Uint8Array {
  requireMask('denseMask', 'mask', mask);
  requireKnown('denseMask', extent, { queryLength: true, keyLength: true, queryOffset: true });
  const { queryLength, keyLength, queryOffset } = resolveExtent('denseMask', extent);
  const selected = everySelection(mask);
  requireCountOfNumbers('denseMask', [selected.length, queryLength, keyLength]);
  const pairs = new Uint8Array(selected.length * queryLength * keyLength);
  let at = 0;
  for (const one of selected) {
    for (let query = queryOffset; query < queryOffset + queryLength; query++) {
      for (let key = 0; key < keyLength; key++) pairs[at++] = one.allows(query, key) ? 1 : 0;
    }
  }
  return pairs;
}

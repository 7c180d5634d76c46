import { requireInteger } from '@longspan/core-tensor/error';
import { everySelection, type Mask } from './mask.ts';
import { UNBOUNDED } from './require-integers.ts';

/** How many queries and keys there are, and where the first query stands. */
export interface Extent {
  readonly queryLength: number;
  /** As many as queries where it is left out. */
  readonly keyLength?: number | undefined;
  /** The position of query 0; by default the last query stands at the last key. */
  readonly queryOffset?: number | undefined;
}

/** The extent with its defaults, checked. */
export function resolveExtent(
  caller: string,
  extent: Extent,
): { readonly queryLength: number; readonly keyLength: number; readonly queryOffset: number } {
  const { queryLength, keyLength = queryLength, queryOffset = keyLength - queryLength } = extent;
  requireInteger(caller, { queryLength, keyLength }, 1);
  requireInteger(caller, { queryOffset }, UNBOUNDED);
  return { queryLength, keyLength, queryOffset };
}

/**
 * Writes the mask out, one byte per pair: 1 = may see. For small sizes and for comparing; layouts never do this.
 * @shape returns [mask.batch, mask.heads, queryLength, keyLength], flat
 * @throws ConfigError when a length or the offset is not an integer
 * @cost O(batch · heads · queryLength · keyLength) time and bytes
 * @example
 * Array.from(denseMask(causal(), { queryLength: 2, keyLength: 3 })); // => [1, 1, 0, 1, 1, 1]
 */
export function denseMask(mask: Mask, extent: Extent): Uint8Array {
  const { queryLength, keyLength, queryOffset } = resolveExtent('denseMask', extent);
  const selected = everySelection(mask);
  const pairs = new Uint8Array(selected.length * queryLength * keyLength);
  let at = 0;
  for (const one of selected) {
    for (let query = queryOffset; query < queryOffset + queryLength; query++) {
      for (let key = 0; key < keyLength; key++) pairs[at++] = one.allows(query, key) ? 1 : 0;
    }
  }
  return pairs;
}

import { requireInteger } from '../error/index.ts';

/** How many queries and keys there are, and where the first query stands. */
export interface Extent {
  readonly queryLength: number;
  /** As many as queries by default. */
  readonly keyLength?: number | undefined;
  /** The position of query 0; by default the last query stands at the last key. */
  readonly queryOffset?: number | undefined;
}

/** An extent with its defaults. */
export interface ResolvedExtent {
  readonly queryLength: number;
  readonly keyLength: number;
  readonly queryOffset: number;
}

/**
 * The extent with its defaults, checked.
 * @throws ConfigError when a length is not an integer of at least 1, or the offset none
 * @example
 * resolveExtent('example', { queryLength: 2, keyLength: 6 }).queryOffset; // => 4
 */
export function resolveExtent(caller: string, extent: Extent): ResolvedExtent {
  const { queryLength, keyLength = queryLength } = extent;
  requireInteger(caller, { queryLength, keyLength }, 1);
  const { queryOffset = keyLength - queryLength } = extent;
  requireInteger(caller, { queryOffset }, Number.MIN_SAFE_INTEGER);
  return { queryLength, keyLength, queryOffset };
}

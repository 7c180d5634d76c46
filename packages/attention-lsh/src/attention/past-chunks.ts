import { type BlockLayout, type Coverage, createLayout, sharedCoverage } from '@longspan/core-tensor/layout';
import { remember } from '@longspan/core-tensor/memo';

/** Where the keys begin that a query at `position`, or a later one, attends to. */
export const firstOfPast = (position: number, { chunkLength, chunksBefore }: PastChunks): number =>
  Math.max(0, (Math.floor(position / chunkLength) - chunksBefore) * chunkLength);

export interface PastChunks {
  readonly chunkLength: number;
  readonly chunksBefore: number;
}

const coverages = remember<Coverage>('reformerLocalAttention past chunks', 32);

/**
 * Causal attention to the own chunk and some before it, in a line and not in a circle. The first key begins a chunk; query i stands at
 * queryOffset + i among the keys.
 */
export const pastLayout = (
  { chunkLength, chunksBefore }: PastChunks,
  sizes: { readonly queryLength: number; readonly keyLength: number; readonly queryOffset: number },
): BlockLayout =>
  createLayout(
    coverages(`${chunkLength},${chunksBefore}`, () => chunksBehind(chunkLength, chunksBefore)),
    { ...sizes, blockSize: chunkLength },
  );

function chunksBehind(chunkLength: number, chunksBefore: number): Coverage {
  const first = (query: number): number => (Math.floor(query / chunkLength) - chunksBefore) * chunkLength;
  return sharedCoverage({
    allows: (query, key) => key >= first(query) && key <= query,
    cover(queries, keys) {
      if (keys.start > queries.end - 1 || keys.end - 1 < first(queries.start)) return 'none';
      return keys.start >= first(queries.end - 1) && keys.end - 1 <= queries.start ? 'all' : 'some';
    },
  });
}

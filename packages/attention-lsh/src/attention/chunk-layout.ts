import { type BlockLayout, type Coverage, coverOfRange, createLayout, sharedCoverage } from '@longspan/core-tensor/layout';
import { remember } from '@longspan/core-tensor/memo';

/** A sequence in chunks, and how far a chunk attends around itself. */
export interface Chunks {
  readonly chunkLength: number;
  /** Chunks before its own that a chunk attends to. */
  readonly chunksBefore: number;
  readonly chunksAfter: number;
}

/** Layouts are cached by the coverage, so equal chunks must meet the same one. */
const coverages = remember<Coverage>('lshAttention chunks', 32);

/**
 * The blocks of chunks of which number c attends to the keys' chunks c … c + before + after: the keys have been laid out with what stands
 * around their first and last chunk.
 * @cost O(chunks · (before + 1 + after)) on the host, the first time
 */
export function chunkLayout(length: number, { chunkLength, chunksBefore, chunksAfter }: Chunks): BlockLayout {
  const around = chunksBefore + chunksAfter;
  return createLayout(
    coverages(`${chunkLength},${around}`, () => chunksAhead(chunkLength, around)),
    { queryLength: length, keyLength: length + around * chunkLength, blockSize: chunkLength, queryOffset: 0 },
  );
}

/** Chunk c of the queries attends to chunks c … c + around of the keys. */
function chunksAhead(chunkLength: number, around: number): Coverage {
  const chunk = (position: number): number => Math.floor(position / chunkLength);
  return sharedCoverage({
    allows: (query, key) => chunk(key) >= chunk(query) && chunk(key) <= chunk(query) + around,
    cover: (queries, keys) =>
      coverOfRange(chunk(keys.start) - chunk(queries.end - 1), chunk(keys.end - 1) - chunk(queries.start), 0, around),
  });
}

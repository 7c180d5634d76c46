import type { BlockLayout, BlockLists } from '@longspan/core-tensor';

/** A sequence in chunks, and how far a chunk looks around. */
export interface Chunks {
  readonly chunkLength: number;
  /** Chunks before its own that a chunk sees. */
  readonly chunksBefore: number;
  readonly chunksAfter: number;
}

const kept = new Map<string, BlockLayout>();
const limit = 32;

/**
 * The blocks of chunks of which number c sees the keys' chunks c … c + before + after: the keys have been laid out with what stands
 * around their first and last chunk. The last 32 layouts are kept, so that kernels meet the same object again.
 * @cost O(chunks · (before + 1 + after)), on the host
 */
export function chunkLayout(length: number, { chunkLength, chunksBefore, chunksAfter }: Chunks): BlockLayout {
  const around = chunksBefore + chunksAfter;
  const name = [length, chunkLength, around].join();
  const known = kept.get(name);
  const layout = known ?? build(length / chunkLength, chunkLength, around);
  kept.delete(name); // put back below as the last one used
  kept.set(name, layout);
  if (kept.size > limit) kept.delete(kept.keys().next().value as string);
  return layout;
}

function build(chunks: number, chunkLength: number, around: number): BlockLayout {
  return {
    blockSize: chunkLength,
    queryLength: chunks * chunkLength,
    keyLength: (chunks + around) * chunkLength,
    queryOffset: 0,
    batch: 1,
    heads: 1,
    bitmaps: new Uint32Array(0),
    ...band(chunks, (chunk) => [chunk, chunk + around]),
    transposed: band(chunks + around, (keyChunk) => [Math.max(0, keyChunk - around), Math.min(chunks - 1, keyChunk)]),
  };
}

/** Lists of consecutive blocks, all of them full. */
function band(rows: number, ends: (row: number) => readonly [first: number, last: number]): BlockLists {
  const offsets = new Int32Array(rows + 1);
  const entries: number[] = [];
  for (let row = 0; row < rows; row++) {
    const [first, last] = ends(row);
    for (let block = first; block <= last; block++) entries.push(block);
    offsets[row + 1] = entries.length;
  }
  return { offsets, entries: Int32Array.from(entries), tiles: new Int32Array(entries.length).fill(-1) };
}

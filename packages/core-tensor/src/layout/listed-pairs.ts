import type { BlockLayout } from './block-layout.ts';

/** One pair of tokens in a listed block. */
export interface ListedPair {
  /** batch row · heads + head, of the layout's */
  readonly slice: number;
  readonly query: number;
  readonly key: number;
  /** Where it stands in the tile of its entry: (entry · blockSize + row) · blockSize + column. */
  readonly cell: number;
  readonly visible: boolean;
}

/** All pairs of the listed blocks, one by one. */
export function* listedPairs({
  blockSize,
  queryLength,
  keyLength,
  indptr,
  indices,
  tileIndices,
  bitmaps,
}: BlockLayout): Generator<ListedPair> {
  const queryBlocks = Math.ceil(queryLength / blockSize);
  const words = Math.ceil(blockSize / 32);
  for (let list = 0; list + 1 < indptr.length; list++) {
    const firstQuery = (list % queryBlocks) * blockSize;
    for (let entry = indptr[list] as number; entry < (indptr[list + 1] as number); entry++) {
      const firstKey = (indices[entry] as number) * blockSize;
      for (let query = firstQuery; query < Math.min(firstQuery + blockSize, queryLength); query++) {
        for (let key = firstKey; key < Math.min(firstKey + blockSize, keyLength); key++) {
          const [row, column] = [query - firstQuery, key - firstKey];
          const word = bitmaps[((tileIndices[entry] as number) * blockSize + row) * words + (column >> 5)] as number;
          yield {
            slice: Math.floor(list / queryBlocks),
            query,
            key,
            cell: (entry * blockSize + row) * blockSize + column,
            visible: tileIndices[entry] === -1 || ((word >>> (column & 31)) & 1) === 1,
          };
        }
      }
    }
  }
}

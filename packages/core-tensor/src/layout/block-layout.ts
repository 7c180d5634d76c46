/**
 * Lists of the blocks that belong to each other, as compressed sparse rows (CSR): row r lists `indices[indptr[r] … indptr[r + 1])`.
 */
export interface BlockLists {
  /** Int32 [rows + 1], ascending. */
  readonly indptr: Int32Array;
  /** Block indices, ascending within a row, no block twice. */
  readonly indices: Int32Array;
  /** One per entry: −1 where every pair of the two blocks is visible, else the index of its bitmap. */
  readonly tileIndices: Int32Array;
}

/**
 * Which key blocks each query block attends to. Typed arrays that belong to no backend; immutable, so kernels may cache by identity.
 * Row `(batch · heads + head) · queryBlocks + queryBlock` of the lists belongs to that query block; `batch` and `heads` are 1
 * where all batch rows or heads have the same lists.
 */
export interface BlockLayout extends BlockLists {
  /** Tokens along each side of a block. */
  readonly blockSize: number;
  readonly queryLength: number;
  readonly keyLength: number;
  /** Query i stands at position queryOffset + i, key j at position j. */
  readonly queryOffset: number;
  readonly batch: number;
  readonly heads: number;
  /**
   * The partial tiles' bitmaps, deduplicated: bit `key % 32` of word `(tile · blockSize + query) · ceil(blockSize / 32) + (key >> 5)`
   * says whether the pair is visible. Bits beyond queryLength or keyLength are 0. A full tile at the edge covers real tokens only.
   */
  readonly bitmaps: Uint32Array;
  /** The same pairs key-major: row `(batch · heads + head) · keyBlocks + keyBlock` lists query blocks. */
  readonly transposed: BlockLists;
}

/** How many blocks cover that many tokens. */
export const blockCount = (length: number, blockSize: number): number => Math.ceil(length / blockSize);

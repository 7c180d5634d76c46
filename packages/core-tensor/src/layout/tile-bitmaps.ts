import type { Coverage } from './coverage.ts';
import type { Span } from './span.ts';

/** The tile in which every pair is visible. */
export const FULL = -1;
/** The tile in which no pair is: it is not listed. */
export const EMPTY = -2;

/** Parts of a tile up to this size are evaluated pair by pair. */
const FEW_PAIRS = 64;

/** Collects the bitmaps of partial tiles; equal ones are stored once. Bits lie as the block layout says. */
export class TileBitmaps {
  readonly #blockSize: number;
  readonly #wordsPerRow: number;
  readonly #bitmaps: Uint32Array[] = [];
  readonly #byHash = new Map<number, number[]>();

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
    this.#wordsPerRow = Math.ceil(blockSize / 32);
  }

  /** FULL, EMPTY, or the index of the bitmap of a tile that lies at these positions. */
  of(coverage: Coverage, queries: Span, keys: Span): number {
    const bits = new Uint32Array(this.#blockSize * this.#wordsPerRow);
    const visible = this.#fill(bits, coverage, queries, keys, queries.start, keys.start);
    if (visible === 0) return EMPTY;
    return visible === (queries.end - queries.start) * (keys.end - keys.start) ? FULL : this.#store(bits);
  }

  /** Sets the bits of a part of the tile that begins at (firstQuery, firstKey), again by descent; gives how many were set. */
  #fill(bits: Uint32Array, coverage: Coverage, queries: Span, keys: Span, firstQuery: number, firstKey: number): number {
    const cover = coverage.cover(queries, keys);
    if (cover === 'none') return 0;
    const height = queries.end - queries.start;
    const width = keys.end - keys.start;
    if (cover === 'some' && height * width > FEW_PAIRS) {
      if (height > width) {
        const middle = queries.start + (height >>> 1);
        return (
          this.#fill(bits, coverage, { start: queries.start, end: middle }, keys, firstQuery, firstKey) +
          this.#fill(bits, coverage, { start: middle, end: queries.end }, keys, firstQuery, firstKey)
        );
      }
      const middle = keys.start + (width >>> 1);
      return (
        this.#fill(bits, coverage, queries, { start: keys.start, end: middle }, firstQuery, firstKey) +
        this.#fill(bits, coverage, queries, { start: middle, end: keys.end }, firstQuery, firstKey)
      );
    }
    let visible = 0;
    for (let query = queries.start; query < queries.end; query++) {
      const row = (query - firstQuery) * this.#wordsPerRow;
      for (let key = keys.start; key < keys.end; key++) {
        if (cover === 'some' && !coverage.allows(query, key)) continue;
        const column = key - firstKey;
        const word = row + (column >> 5);
        bits[word] = (bits[word] as number) | (1 << (column & 31));
        visible++;
      }
    }
    return visible;
  }

  /** All bitmaps, one after the other. */
  joined(): Uint32Array {
    const size = this.#blockSize * this.#wordsPerRow;
    const all = new Uint32Array(this.#bitmaps.length * size);
    for (const [index, bits] of this.#bitmaps.entries()) all.set(bits, index * size);
    return all;
  }

  #store(bits: Uint32Array): number {
    const hash = hashOf(bits);
    const known = this.#byHash.get(hash) ?? [];
    const same = known.find((index) => equal(this.#bitmaps[index] as Uint32Array, bits));
    if (same !== undefined) return same;
    const index = this.#bitmaps.push(bits) - 1;
    this.#byHash.set(hash, [...known, index]);
    return index;
  }
}

const equal = (one: Uint32Array, other: Uint32Array): boolean => one.every((word, at) => word === other[at]);

/** FNV-1a over words. */
function hashOf(words: Uint32Array): number {
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word ^ (word >>> 15), 0x01000193);
  return hash;
}

/** The tokens of a text: of each its id, its half-open range of UTF-16 units, and its word. */
export interface TokenList {
  readonly length: number;
  add(id: number, start: number, end: number, word: number): void;
  /** From one token to another, copied. */
  part(begin: number, end: number): Tokens;
  /** Leaves out the first ones, which were handed on. */
  clear(): void;
}

export interface Tokens {
  readonly ids: Int32Array;
  /** Start and end of each token, in turn. */
  readonly offsets: Uint32Array;
  readonly wordIds: Int32Array;
}

/** A list that grows. */
export function tokenList(): TokenList {
  let [ids, words, offsets] = [new Int32Array(256), new Int32Array(256), new Uint32Array(512)];
  let length = 0;
  const grow = (): void => {
    const [moreIds, moreWords, moreOffsets] = [new Int32Array(2 * length), new Int32Array(2 * length), new Uint32Array(4 * length)];
    moreIds.set(ids);
    moreWords.set(words);
    moreOffsets.set(offsets);
    [ids, words, offsets] = [moreIds, moreWords, moreOffsets];
  };
  return {
    get length() {
      return length;
    },
    add: (id, start, end, word) => {
      if (length === ids.length) grow();
      ids[length] = id;
      words[length] = word;
      offsets[2 * length] = start;
      offsets[2 * length + 1] = end;
      length += 1;
    },
    part: (begin, end) => ({ ids: ids.slice(begin, end), offsets: offsets.slice(2 * begin, 2 * end), wordIds: words.slice(begin, end) }),
    clear: () => {
      length = 0;
    },
  };
}

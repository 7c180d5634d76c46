/** The pieces of the heap that are in use, as far as we were called for them. */
export interface LiveBlocks {
  add(pointer: number, bytes: number): void;
  remove(pointer: number): void;
  /** Whether there is a piece of that many bytes between them, in memory that was handed out before. */
  hasGap(bytes: number): boolean;
}

/** @param start everything before it is taken for used */
export function liveBlocks(start: number): LiveBlocks {
  const sizes = new Map<number, number>();
  let end = start;
  return {
    add(pointer, bytes) {
      sizes.set(pointer, bytes);
      end = Math.max(end, pointer + bytes);
    },
    remove: (pointer) => sizes.delete(pointer),
    hasGap(bytes) {
      let free = start;
      for (const [pointer, size] of [...sizes].sort(([one], [other]) => one - other)) {
        if (pointer - free >= bytes) return true;
        free = Math.max(free, pointer + size);
      }
      return end - free >= bytes;
    },
  };
}

/** Finds every piece that a text has at a place. */
export interface SortedPieces {
  /** Calls with the number of each piece that begins at a place, shortest first, and with its end. */
  at(text: string, begin: number, visit: (piece: number, end: number) => void): void;
}

/**
 * Pieces in order, narrowed character by character: no table beside the list.
 * @cost O(m log n) for m characters of the longest match
 */
export function sortedPieces(given: readonly string[]): SortedPieces {
  // Of equal pieces the last one counts.
  const numbers = new Map(given.map((piece, number) => [piece, number]));
  const pieces = [...numbers.keys()].filter((piece) => piece !== '').sort((a, b) => (a < b ? -1 : 1));
  const order = Int32Array.from(pieces, (piece) => numbers.get(piece) ?? 0);
  /** The first piece from `from` on whose unit at `depth` is at least `unit`; shorter ones have -1 there. */
  const search = (from: number, to: number, depth: number, unit: number): number => {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = pieces[middle] ?? '';
      if ((depth < piece.length ? piece.charCodeAt(depth) : -1) < unit) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  // The first step is the widest: from a table.
  const firsts = new Map<number, readonly [number, number]>();
  for (let at = 0; at < pieces.length; ) {
    const unit = pieces[at]?.charCodeAt(0) ?? 0;
    const to = search(at, pieces.length, 0, unit + 1);
    firsts.set(unit, [at, to]);
    at = to;
  }
  return {
    at: (text, begin, visit) => {
      let [from, to] = firsts.get(text.charCodeAt(begin)) ?? [0, 0];
      for (let depth = 1; from < to; depth += 1) {
        if (pieces[from]?.length === depth) {
          visit(order[from] ?? 0, begin + depth);
          from += 1;
        }
        if (begin + depth >= text.length) return;
        const unit = text.charCodeAt(begin + depth);
        from = search(from, to, depth, unit);
        to = search(from, to, depth, unit + 1);
      }
    },
  };
}

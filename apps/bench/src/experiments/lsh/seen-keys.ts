/** How tokens were sorted: for each round the positions in sorted order. */
export interface Sorted {
  readonly orders: readonly ArrayLike<number>[];
  readonly chunkLength: number;
}

/**
 * For each query its causally visible keys under LSH attention, one for each copy: chunks see themselves and the one before, in a
 * circle through all rounds. In plain loops, apart from the library: what it does is checked against this.
 */
export function seenKeys({ orders, chunkLength }: Sorted): (query: number) => number[] {
  const length = orders[0]?.length ?? 0;
  const total = orders.length * length;
  const line = orders.flatMap((order) => Array.from(order));
  const places: number[][] = Array.from({ length }, () => []);
  line.forEach((position, at) => {
    places[position]?.push(at);
  });
  return (query) => {
    const keys: number[] = [];
    for (const place of places[query] ?? []) {
      const start = (Math.floor(place / chunkLength) - 1) * chunkLength;
      for (let at = start; at < start + 2 * chunkLength; at++) {
        const key = line[(at + total) % total] as number;
        if (key < query) keys.push(key);
      }
    }
    return keys;
  };
}

/** Scores of a query with keys at length 1, as exp(score − the highest of them). */
export function weightsOf(queryKeys: Float32Array, headDim: number, query: number, keys: readonly number[]): Float64Array {
  const scores = Float64Array.from(keys, (key) => {
    let [product, square] = [0, 0];
    for (let at = 0; at < headDim; at++) {
      const other = queryKeys[key * headDim + at] as number;
      product += (queryKeys[query * headDim + at] as number) * other;
      square += other * other;
    }
    return product / Math.sqrt(square + headDim * 1e-6);
  });
  const highest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  return scores.map((score) => Math.exp(score - highest));
}

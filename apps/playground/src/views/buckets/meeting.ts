/** A sorted line of all rounds, cut into chunks. */
export interface SortedLine {
  /** [rounds, n]: which vector stands at each place. */
  readonly order: Int32Array;
  readonly rounds: number;
  readonly chunkLength: number;
  readonly causal: boolean;
}

/**
 * The vectors that one meets in a round, itself left out: those of its chunk and of the chunk before. The chunks lie in a circle through all
 * rounds, so before the first chunk of a round comes the last one of the round before.
 */
export function metIn({ order, rounds, chunkLength, causal }: SortedLine, vector: number, round: number): ReadonlySet<number> {
  const count = order.length / rounds;
  const place = order.indexOf(vector, round * count);
  const own = place - (place % chunkLength);
  const before = (own - chunkLength + order.length) % order.length;
  const met = new Set([...order.subarray(before, before + chunkLength), ...order.subarray(own, own + chunkLength)]);
  met.delete(vector);
  return causal ? new Set([...met].filter((other) => other < vector)) : met;
}

/** In which rounds, from 0 on, one vector meets each other one that it meets. */
export function meetings(line: SortedLine, vector: number): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (let round = 0; round < line.rounds; round++) {
    for (const other of metIn(line, vector, round)) found.set(other, [...(found.get(other) ?? []), round]);
  }
  return found;
}

/** The vectors that get most of a vector's full attention, the nearest first; fewer where it attends to fewer. */
export function nearest(full: Float32Array, vector: number, most: number): readonly number[] {
  const count = Math.sqrt(full.length);
  return Array.from({ length: count }, (_, other) => other)
    .filter((other) => other !== vector && (full[vector * count + other] as number) > 0)
    .sort((left, right) => (full[vector * count + right] as number) - (full[vector * count + left] as number))
    .slice(0, most);
}

/** The share of a vector's full attention that lies on those it meets. A vector that attends to none but itself misses nothing. */
export function keptShare(full: Float32Array, vector: number, met: Iterable<number>): number {
  const count = Math.sqrt(full.length);
  const row = full.subarray(vector * count, (vector + 1) * count);
  const others = row.reduce((sum, weight, other) => (other === vector ? sum : sum + weight), 0);
  if (others === 0) return 1;
  let kept = 0;
  for (const other of met) kept += row[other] as number;
  return kept / others;
}

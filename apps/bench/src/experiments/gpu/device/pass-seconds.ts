/**
 * Seconds in which at least one of the passes was at work: where the end of one and the beginning of the next overlap, the time counts once,
 * and what lies between passes, while the host encodes, does not count.
 * @param stamps nanoseconds: the beginning and the end of each pass
 */
export function secondsOfPasses(stamps: BigUint64Array): number {
  const passes = Array.from({ length: stamps.length / 2 }, (_, pass) => ({
    begin: stamps[2 * pass] as bigint,
    end: stamps[2 * pass + 1] as bigint,
  })).sort((a, b) => (a.begin < b.begin ? -1 : 1));
  let [busy, until] = [0n, 0n];
  for (const { begin, end } of passes) {
    const start = begin > until ? begin : until;
    if (end <= start) continue;
    busy += end - start;
    until = end;
  }
  return Number(busy) / 1e9;
}

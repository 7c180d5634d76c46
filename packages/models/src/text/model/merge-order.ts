import { mostIds } from './vocabulary.ts';

/** What two tokens become, and how early: rank · 2^26 + id of the whole, by left · 2^26 + right. */
export type Merges = ReadonlyMap<number, number>;

/** The symbols of a word: where each begins and ends in it. */
export interface Symbols {
  readonly ids: number[];
  readonly begins: number[];
  readonly ends: number[];
}

export const pairKey = (left: number, right: number): number => left * mostIds + right;

/**
 * Joins neighbours in place, the earliest rule first and of equal ones the leftmost, until no rule is left. Begins and ends go with the ids; the
 * new number of tokens is returned.
 * @cost O(n log n) for n symbols
 */
export function mergeAll({ ids, begins, ends }: Symbols, merges: Merges): number {
  const count = ids.length;
  if (count < 2) return count;
  const next = Int32Array.from({ length: count }, (_, at) => at + 1);
  const before = Int32Array.from({ length: count }, (_, at) => at - 1);
  const gone = new Uint8Array(count);
  const waiting: number[] = [];
  const offer = (left: number): void => {
    const right = next[left] ?? count;
    if (left < 0 || right >= count) return;
    const rule = merges.get(pairKey(ids[left] ?? 0, ids[right] ?? 0));
    // Rank first, then the place.
    if (rule !== undefined) push(waiting, Math.floor(rule / mostIds) * mostPlaces + left);
  };
  for (let at = 0; at + 1 < count; at += 1) offer(at);
  for (let top = pop(waiting); top !== undefined; top = pop(waiting)) {
    const left = top % mostPlaces;
    const right = next[left] ?? count;
    if (gone[left] === 1 || right >= count) continue;
    const rule = merges.get(pairKey(ids[left] ?? 0, ids[right] ?? 0));
    if (rule === undefined || Math.floor(rule / mostIds) !== Math.floor(top / mostPlaces)) continue;
    ids[left] = rule % mostIds;
    ends[left] = ends[right] ?? 0;
    gone[right] = 1;
    const after = next[right] ?? count;
    next[left] = after;
    if (after < count) before[after] = left;
    offer(before[left] ?? -1);
    offer(left);
  }
  let kept = 0;
  for (let at = 0; at < count; at = next[at] ?? count) {
    ids[kept] = ids[at] ?? 0;
    begins[kept] = begins[at] ?? 0;
    ends[kept] = ends[at] ?? 0;
    kept += 1;
  }
  return kept;
}

const mostPlaces = 2 ** 26;

function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if ((heap[above] ?? 0) <= value) break;
    heap[at] = heap[above] ?? 0;
    at = above;
  }
  heap[at] = value;
}

function pop(heap: number[]): number | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && (heap[below + 1] ?? 0) < (heap[below] ?? 0)) below += 1;
    if ((heap[below] ?? 0) >= last) break;
    heap[at] = heap[below] ?? 0;
    at = below;
  }
  heap[at] = last;
  return top;
}

import { type Mask, mask, type Span } from '@longspan/attention-sparse/mask';

/**
 * Each query attends to the keys first(q) … end(q) − 1; neither bound may descend from one query to the next. Queries from `queries` on
 * attend to nothing.
 */
export interface Intervals {
  readonly queries: number;
  readonly first: (query: number) => number;
  readonly end: (query: number) => number;
}

/** Where one kind of keys stands in the sequence of all keys, and which of them each query attends to. */
export interface KeyRun {
  /** Keys of this kind. */
  readonly keys: number;
  readonly intervals: Intervals;
}

/**
 * The mask of queries that attend to an interval of each of several runs of keys, laid end to end. Tiles are classified by the bounds of
 * their first and last query, so a layout costs what it visits.
 */
export function intervalMask(name: string, runs: readonly KeyRun[]): Mask {
  const starts = runs.map((_, at) => runs.slice(0, at).reduce((sum, { keys }) => sum + keys, 0));
  const parts = runs.map(({ keys, intervals }, at) => ({
    ...intervals,
    start: starts[at] as number,
    stop: (starts[at] as number) + keys,
  }));
  return mask({
    name,
    allows: (query, key) =>
      query >= 0 &&
      parts.some(
        ({ queries, first, end, start, stop }) =>
          query < queries && key >= start && key < stop && key - start >= first(query) && key - start < end(query),
      ),
    cover(queries, keys) {
      const covers = parts.map((part) => coverOf(part, queries, keys));
      if (covers.every((cover) => cover === 'none')) return 'none';
      return covers.includes('all') ? 'all' : 'some';
    },
    pattern: (queries, keys) =>
      parts
        .filter(({ start, stop }) => keys.start < stop && keys.end > start)
        .map((part) => patternOf(part, queries, keys))
        .join(';'),
  });
}

interface Part extends Intervals {
  readonly start: number;
  readonly stop: number;
}

/** What is certain of one run: nothing of the rectangle, all of it, or neither. */
function coverOf({ queries: count, first, end, start, stop }: Part, queries: Span, keys: Span): 'none' | 'some' | 'all' {
  const [low, high] = [Math.max(queries.start, 0), Math.min(queries.end, count) - 1];
  if (low > high || keys.start >= stop || keys.end <= start) return 'none';
  const [from, to] = [keys.start - start, keys.end - start];
  if (to <= first(low) || from >= end(high)) return 'none';
  const whole = queries.start >= 0 && queries.end <= count && keys.start >= start && keys.end <= stop;
  return whole && from >= first(high) && to <= end(low) ? 'all' : 'some';
}

function patternOf({ queries: count, first, end, start, stop }: Part, queries: Span, keys: Span): string {
  const words: number[] = [];
  const clip = (key: number): number => Math.min(Math.max(key, keys.start), keys.end) - keys.start;
  for (let query = queries.start; query < queries.end; query++) {
    const within = query >= 0 && query < count;
    const [low, high] = within ? [clip(start + first(query)), clip(Math.min(start + end(query), stop))] : [0, 0];
    words.push(low, Math.max(low, high));
  }
  return words.join();
}

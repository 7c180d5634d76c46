/** Half-open range of positions [start, end); it may begin below 0 and end beyond the sequence. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a mask promises about a rectangle of pairs: no pair, every pair, or nothing at all. */
export type Cover = 'none' | 'some' | 'all';

export const opposite: { readonly [C in Cover]: Cover } = { none: 'all', some: 'some', all: 'none' };

/** For a rectangle in which a number takes every whole value of [low, high], and the pairs with `from <= number <= to` are allowed. */
export const coverOfRange = (low: number, high: number, from: number, to: number): Cover =>
  high < from || low > to ? 'none' : low >= from && high <= to ? 'all' : 'some';

/** For ranges of two numbers, ends included, whose pairs are allowed where both lie in the same stretch of `size` from `shift` on. */
export function coverOfStretches(firstQuery: number, lastQuery: number, firstKey: number, lastKey: number, size: number, shift = 0): Cover {
  const query = Math.floor((firstQuery - shift) / size);
  const queryEnd = Math.floor((lastQuery - shift) / size);
  const key = Math.floor((firstKey - shift) / size);
  const keyEnd = Math.floor((lastKey - shift) / size);
  if (queryEnd < key || keyEnd < query) return 'none';
  return query === queryEnd && key === keyEnd ? 'all' : 'some';
}

/** The remainder that is never negative, so that positions below 0 fall into the same pattern. */
export const modulo = (value: number, divisor: number): number => value - Math.floor(value / divisor) * divisor;

/** Whether [low, high] holds a multiple of `divisor`. */
export const holdsMultiple = (low: number, high: number, divisor: number): boolean => Math.floor(high / divisor) * divisor >= low;

/** The pattern of a mask that does not change when query and key both move by `period`. */
export const periodic =
  (period: number) =>
  (queries: Span, keys: Span): string =>
    `${modulo(queries.start, period)},${keys.start - queries.start}`;

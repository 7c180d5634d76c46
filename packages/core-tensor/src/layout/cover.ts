import type { Span } from './span.ts';

/** What is promised about a rectangle of pairs: no pair, every pair, or nothing at all. */
export type Cover = 'none' | 'some' | 'all';

/**
 * The cover of a rectangle in which a number takes every integer of [low, high], and the pairs with `from <= number <= to` are visible.
 * @example
 * [coverOfRange(0, 3, 1, 2), coverOfRange(1, 2, 0, 5), coverOfRange(6, 9, 0, 5)]; // => ['some', 'all', 'none']
 */
export const coverOfRange = (low: number, high: number, from: number, to: number): Cover =>
  high < from || low > to ? 'none' : low >= from && high <= to ? 'all' : 'some';

/**
 * The remainder that is never negative, so that positions below 0 fall into the same pattern.
 * @example
 * [modulo(7, 4), modulo(-1, 4)]; // => [3, 3]
 */
export const modulo = (value: number, divisor: number): number => value - Math.floor(value / divisor) * divisor;

/**
 * The pattern of pairs that do not change when query and key are both shifted by `period`.
 * @example
 * const pattern = periodic(4);
 * pattern({ start: 1, end: 3 }, { start: 0, end: 2 }) === pattern({ start: 5, end: 7 }, { start: 4, end: 6 }); // => true
 */
export const periodic =
  (period: number) =>
  (queries: Span, keys: Span): string =>
    `${modulo(queries.start, period)},${keys.start - queries.start}`;

import { type LevelName, levelNames } from './level-names.ts';
import type { Cut } from './segmenting.ts';

/** Which of ascending boundaries a place lies in: the last one that is not after it. */
export function unitAt(boundaries: Int32Array, place: number): number {
  let [low, high] = [0, boundaries.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((boundaries[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

export interface Unit {
  readonly level: LevelName;
  readonly unit: number;
  /** In characters. */
  readonly start: number;
  readonly end: number;
}

export const countOf = (cut: Cut, level: LevelName): number => cut[level].length - 1;

export function unitOf(cut: Cut, level: LevelName, unit: number): Unit {
  const own = Math.min(unit, countOf(cut, level) - 1);
  return { level, unit: own, start: cut[level][own] as number, end: cut[level][own + 1] as number };
}

/** The unit of another level that a unit begins in: the one around it, or its first part. */
export const sameAt = (cut: Cut, { start }: Unit, level: LevelName): Unit => unitOf(cut, level, unitAt(cut[level], start));

/** The row that a character stands in. */
export const rowAt = (cut: Cut, place: number): number => unitAt(cut.rows, unitAt(cut.word, place));

export interface Marked {
  readonly start: number;
  readonly end: number;
  readonly kind: 'chosen' | 'similar';
}

export const wider = (level: LevelName): LevelName =>
  levelNames[Math.min(levelNames.length - 1, levelNames.indexOf(level) + 1)] as LevelName;
export const narrower = (level: LevelName): LevelName => levelNames[Math.max(0, levelNames.indexOf(level) - 1)] as LevelName;

/** Scripts that are written from right to left. */
const rightToLeft = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Which way a part of a text runs, by its first letter. */
export const directionOf = (text: string): 'rtl' | 'ltr' => (rightToLeft.test(text.slice(0, 400)) ? 'rtl' : 'ltr');

/** A unit's text, on one line and no longer than that. */
export function shortened(text: string, { start, end }: { readonly start: number; readonly end: number }, most: number): string {
  const own = text
    .slice(start, Math.min(end, start + 2 * most))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return own.length > most || end - start > 2 * most ? `${[...own].slice(0, most).join('')}…` : own;
}

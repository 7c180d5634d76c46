import { unitAt } from '../../text/unit-at.ts';
import { type LevelName, levelNames } from './level-names.ts';
import type { Cut } from './segmenting.ts';

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

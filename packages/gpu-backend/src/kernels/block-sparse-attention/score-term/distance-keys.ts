import type { CellSums } from './term-gradient.ts';

interface Column {
  /** Whether the call has original positions: then any key may stand at any distance. */
  readonly hasPositions: boolean;
  /** Expressions of `cell`: the column, how many there are, and which is that of distance 0. */
  readonly column: string;
  readonly width: string;
  readonly center: string;
}

/**
 * The keys of a block that read a column by their distance: one, or all beyond it for the first and the last column, which farther ones are
 * held to.
 */
export function keysOfDistance({ hasPositions, column, width, center }: Column): Pick<CellSums, 'keys' | 'takes'> {
  if (hasPositions) {
    return { keys: 'low = firstKey; high = lastKey; step = 1;', takes: `clamp(apart + ${center}, 0, ${width} - 1) == ${column}` };
  }
  return {
    keys: `{ let exact = ${column} - ${center} + i32(query) + u.queryOffset;
      low = select(max(exact, firstKey), firstKey, ${column} == 0);
      high = select(min(exact, lastKey), lastKey, ${column} == ${width} - 1);
      step = 1; }`,
  };
}

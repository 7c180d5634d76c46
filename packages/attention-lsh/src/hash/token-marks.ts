import type { Padding } from '@longspan/core-tensor';
import { checkPadding } from '@longspan/core-tensor/layer';

/** The tokens of a batch, whose padding is to be masked. */
export interface Batch {
  readonly batch: number;
  readonly length: number;
  /** The length with what fills the last chunk up, which is padding too; the length itself by default. */
  readonly filled?: number | undefined;
}

/**
 * One number for each token of each batch row, 1, or 0 where it is padding; undefined where there is none. Sorting and hashing want
 * numbers, not a mask.
 * @throws ShapeError, ConfigError when the padding is not of this batch
 */
export function tokenMarks(
  caller: string,
  padding: Padding | undefined,
  { batch, length, filled = length }: Batch,
): Int32Array | undefined {
  checkPadding(caller, padding, { batch, length });
  if (filled === length && !padding?.some) return undefined;
  const marks = new Int32Array(batch * filled);
  for (let row = 0; row < batch; row++) {
    const own = padding?.rows[padding.rows.length === 1 ? 0 : row];
    if (own === undefined) marks.fill(1, row * filled, row * filled + length);
    else marks.set(own, row * filled);
  }
  return marks;
}

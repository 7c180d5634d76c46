import type { Tensor } from '@tensorflow/tfjs-core';
import { requireInteger, ShapeError } from '../error/index.ts';
import { checkFeatures } from '../tensor/features.ts';

/** Checks that x [..., n, width] lies within a table of positions, and gives n. */
export function checkTokens(
  caller: string,
  x: Tensor,
  width: number,
  { start, length, table }: { readonly start: number; readonly length: number; readonly table: string },
): number {
  checkFeatures(caller, 'x', x, width, table);
  const tokens = x.shape.at(-2);
  requireInteger(caller, { start }, 0, { remedy: 'give the position of the first token, or leave it out for 0.' });
  if (tokens === undefined || start + tokens > length) {
    throw new ShapeError({
      caller,
      problem: 'x must end within the positions.',
      expected: `[..., n, ${width}] with start + n at most ${length}  (set by ${table})`,
      got: `[${x.shape.join(', ')}] from position ${start}`,
      remedy: 'use fewer tokens, or a longer table of positions.',
    });
  }
  return tokens;
}

import type { Tensor } from '@tensorflow/tfjs-core';
import { requireInteger, requireKnown, ShapeError } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
import { requireContext } from './context.ts';

/** Rows and columns of the tokens of an image. */
export interface TokenGrid {
  readonly height: number;
  readonly width: number;
}

/**
 * Throws unless x has one token of that width for each cell of `context.grid`.
 * @param given what came as `context.grid`
 * @shape x [b, height · width, width of the layer]
 * @cost no tensor operations
 */
export function checkGrid(caller: string, x: Tensor, width: number, given: TokenGrid | undefined): void {
  const grid = requireContext(caller, 'grid', given, '{ height, width }, in tokens');
  requireKnown(`${caller} grid`, grid, { height: true, width: true });
  requireInteger(caller, { 'grid.height': grid.height, 'grid.width': grid.width }, 1);
  dims(caller, { x: [x, `b n ${width}:float32`] });
  const length = x.shape[1] as number;
  if (length === grid.height * grid.width) return;
  throw new ShapeError({
    caller,
    problem: 'x must have one token for each cell of context.grid.',
    expected: `${grid.height * grid.width} tokens (height ${grid.height} · width ${grid.width})`,
    got: `${length} tokens ([${x.shape.join(', ')}])`,
    remedy: 'give the tokens of the whole image, row by row, or correct grid.',
  });
}

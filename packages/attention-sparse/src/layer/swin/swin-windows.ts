import { ConfigError, requireInteger } from '@longspan/core-tensor/error';
import type { TokenGrid } from '@longspan/core-tensor/layer';
import { blockDiagonal, documents, type Mask } from '../../mask/index.ts';

/** How the tokens of an image are brought into the order of their windows. */
export interface SwinWindows {
  /** Tokens along each side of a window. */
  readonly side: number;
  /** Window-ordered row to image row, −1 for what fills the last windows: Int32 [padded height · padded width]. */
  readonly order: Int32Array;
  /** In window order: each window attends to itself, and in a rolled image only tokens that came from the same region. */
  readonly mask: Mask;
}

/**
 * Windows of an image that is padded at the bottom and right and rolled towards the top left, as in Swin. An image no larger than
 * a window is one that is not rolled, or several along its longer side; with fixed windows it is padded and rolled like any other.
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.2; get_attn_mask and set_shift_and_window_size of Hugging Face's SwinLayer
 */
export function swinWindows(
  { height, width }: TokenGrid,
  { windowSide, shift: wantedShift, fixed }: { readonly windowSide: number; readonly shift: number; readonly fixed: boolean },
): SwinWindows {
  const small = !fixed && Math.min(height, width) <= windowSide;
  const side = small ? Math.min(height, width) : windowSide;
  const shift = small ? 0 : wantedShift;
  const rows = Math.ceil(height / side) * side;
  const columns = Math.ceil(width / side) * side;
  const order = new Int32Array(rows * columns);
  const regions = new Int32Array(rows * columns);
  const region = (at: number, length: number) => (at < length - side ? 0 : at < length - shift ? 1 : 2);
  for (let at = 0; at < order.length; at++) {
    const [cell, block] = [at % (side * side), Math.floor(at / (side * side))];
    const row = Math.floor(block / (columns / side)) * side + Math.floor(cell / side);
    const column = (block % (columns / side)) * side + (cell % side);
    const [fromRow, fromColumn] = [(row + shift) % rows, (column + shift) % columns];
    order[at] = fromRow < height && fromColumn < width ? fromRow * width + fromColumn : -1;
    regions[at] = region(row, rows) * 3 + region(column, columns);
  }
  const windows = blockDiagonal({ blockSize: side * side });
  return { side, order, mask: shift === 0 ? windows : windows.and(documents(regions)) };
}

/** Which row of the table of relative positions [(2 · windowSide − 1)², heads] each query and key of a window take: Int32 [side⁴]. */
export function relativeIndex(side: number, windowSide: number): Int32Array {
  const cells = side * side;
  return Int32Array.from({ length: cells * cells }, (_, at) => {
    const [query, key] = [Math.floor(at / cells), at % cells];
    const rows = Math.floor(query / side) - Math.floor(key / side);
    const columns = (query % side) - (key % side);
    return (rows + windowSide - 1) * (2 * windowSide - 1) + columns + windowSide - 1;
  });
}

/** Throws unless such windows can be made. */
export function requireWindows(caller: string, { windowSide, shift }: { readonly windowSide: number; readonly shift: number }): void {
  requireInteger(caller, { windowSide }, 1);
  requireInteger(caller, { shift }, 0);
  if (shift < windowSide) return;
  throw new ConfigError({
    caller,
    problem: 'shift must be less than windowSide.',
    expected: `from 0 to ${windowSide - 1} tokens (windowSide ${windowSide})`,
    got: String(shift),
    remedy: `use ${Math.floor(windowSide / 2)}, half a window, in every second layer.`,
  });
}

import { ConfigError, isList, requireInteger, requireIntegers, requireKnown, show, stamped } from '@longspan/core-tensor/error';
import { type Cover, coverOfRange, periodic, type Span } from '@longspan/core-tensor/layout';
import { Boxes } from '../algebra/boxes.ts';
import { literal } from '../algebra/call.ts';
import { coverOfBlocks } from '../algebra/cover.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import type { MaskNode } from '../algebra/mask-node.ts';

/** One number for all axes of the grid, or one per axis in the order of its sizes. */
export type PerAxis = number | ArrayLike<number>;

/** Masks over the positions of an image or a video that lie in the sequence row by row. Positions beyond the grid attend to nothing. */
export interface Grid {
  readonly shape: readonly number[];
  /** A query attends to the box of `radius` cells to each side, clipped at the border. */
  neighbourhood(options: { readonly radius: PerAxis }): Mask;
  /** Cuts the grid into tiles; a query attends to its own. Tiles at the end may be cut short. */
  tiles(options: { readonly size: PerAxis }): Mask;
  /**
   * Swin's shifted windows, over positions that stay where they are: window borders at `shift` + k · `window` along each axis. Where every
   * side is a multiple of the window's, that is rolling the grid back by `shift`, cutting it into windows and hiding, within a window,
   * what the roll brought together. Where one is not, it is the same of the grid padded at its end to a multiple, as Swin pads it, the
   * padding hidden; a roll of the grid itself would cut what it wrapped around elsewhere.
   */
  shiftedWindows(options: { readonly window: PerAxis; readonly shift: PerAxis }): Mask;
}

/**
 * A grid of positions in rows, or in planes of rows: position = (z · height + y) · width + x.
 * @throws ConfigError when there are not two or three sizes, or one is not an integer of at least 1
 * @source shifted windows: Swin (arXiv 2103.14030) §3.2
 * @example
 * const near = grid([4, 5]).neighbourhood({ radius: 1 });
 * [...Array(20).keys()].filter((key) => near.allows(6, key)); // => [0, 1, 2, 5, 6, 7, 10, 11, 12]
 */
export function grid(sizes: readonly number[]): Grid {
  if (!isList(sizes) || sizes.length < 2 || sizes.length > 3) {
    throw new ConfigError({
      caller: 'grid',
      problem: 'a grid must have two or three axes.',
      expected: 'grid([height, width]) or grid([depth, height, width])',
      got: `grid(${show(sizes)})`,
      remedy: 'use slidingWindow or blockDiagonal along a single axis.',
    });
  }
  for (const size of sizes) requireInteger('grid', { size }, 1);
  const shape = Object.freeze(Array.from(sizes));
  const name = `grid([${shape.join(', ')}])`;
  const slab = shape.slice(1).reduce((product, size) => product * size, 1);

  const perAxis = (caller: string, option: string, value: PerAxis, atLeast: number): readonly number[] => {
    const values = requireIntegers(`grid.${caller}`, option, isList(value) ? value : shape.map(() => value), atLeast);
    if (values.length === shape.length) return values;
    throw new ConfigError({
      caller: `grid.${caller}`,
      problem: `${option} must fit the grid.`,
      expected: `one number, or ${shape.length} (${name})`,
      got: show(values),
      remedy: `give ${option} one number per axis.`,
    });
  };
  const written = (values: readonly number[]) => literal(values.every((value) => value === values[0]) ? values[0] : values);
  const tiled = (call: string, json: MaskNode, size: readonly number[], shift: readonly number[]): Mask =>
    overAxes(shape, `${name}.${call}`, json, slab * (size[0] as number), (axis, firstQuery, lastQuery, firstKey, lastKey) =>
      coverOfBlocks(firstQuery, lastQuery, firstKey, lastKey, size[axis] as number, shift[axis] as number),
    );

  return stamped<Grid>({
    shape,
    neighbourhood: (options) => {
      requireKnown('grid.neighbourhood', options, { radius: true });
      const radius = perAxis('neighbourhood', 'radius', options.radius, 0);
      const json: MaskNode = { kind: 'gridNeighbourhood', shape, radius };
      const call = `neighbourhood({ radius: ${written(radius)} })`;
      return overAxes(shape, `${name}.${call}`, json, slab, (axis, firstQuery, lastQuery, firstKey, lastKey) => {
        const reach = radius[axis] as number;
        return coverOfRange(firstKey - lastQuery, lastKey - firstQuery, -reach, reach);
      });
    },
    tiles: (options) => {
      requireKnown('grid.tiles', options, { size: true });
      const size = perAxis('tiles', 'size', options.size, 1);
      return tiled(
        `tiles({ size: ${written(size)} })`,
        { kind: 'gridTiles', shape, size },
        size,
        shape.map(() => 0),
      );
    },
    shiftedWindows: (options) => {
      requireKnown('grid.shiftedWindows', options, { window: true, shift: true });
      const window = perAxis('shiftedWindows', 'window', options.window, 1);
      const shift = perAxis('shiftedWindows', 'shift', options.shift, 0);
      shift.forEach((cells, axis) => {
        if (cells < (window[axis] as number)) return;
        throw new ConfigError({
          caller: 'grid.shiftedWindows',
          problem: 'shift must be smaller than the side of a window.',
          expected: `less than ${window[axis]} along axis ${axis}`,
          got: String(cells),
          remedy: 'Swin shifts by half a window: floor(window / 2).',
        });
      });
      const call = `shiftedWindows({ window: ${written(window)}, shift: ${written(shift)} })`;
      // Undone, the roll leaves the window borders at shift + k · window, and what it wrapped around is the window before the first.
      return tiled(call, { kind: 'gridShiftedWindows', shape, window, shift }, window, shift);
    },
  });
}

/** What a rule about one coordinate says of ranges of it, ends included. */
type AxisCover = (axis: number, firstQuery: number, lastQuery: number, firstKey: number, lastKey: number) => Cover;

/** A mask that allows a pair where every axis by itself does. */
function overAxes(shape: readonly number[], name: string, json: MaskNode, period: number, axisCover: AxisCover): Mask {
  const length = shape.reduce((product, size) => product * size, 1);
  const inside = ({ start, end }: Span) => start >= 0 && end <= length;
  const relative = periodic(period);
  const queryBoxes = new Boxes(shape);
  const keyBoxes = new Boxes(shape);

  const boxCover = (query: number, key: number): Cover => {
    let result: Cover = 'all';
    for (let axis = 0; axis < shape.length; axis++) {
      const [first, last] = [queryBoxes.first(query, axis), queryBoxes.last(query, axis)];
      const cover = axisCover(axis, first, last, keyBoxes.first(key, axis), keyBoxes.last(key, axis));
      if (cover === 'none') return 'none';
      if (cover === 'some') result = 'some';
    }
    return result;
  };
  return mask({
    name,
    json,
    allows: (query, key) => {
      if (query < 0 || key < 0 || query >= length || key >= length) return false;
      let [one, other] = [query, key];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const size = shape[axis] as number;
        const [at, to] = [one % size, other % size];
        if (axisCover(axis, at, at, to, to) === 'none') return false;
        one = (one - at) / size;
        other = (other - to) / size;
      }
      return true;
    },
    cover: (queries, keys) => {
      const queryCount = queryBoxes.cut(queries);
      const keyCount = keyBoxes.cut(keys);
      let result: Cover | undefined;
      for (let query = 0; query < queryCount; query++) {
        for (let key = 0; key < keyCount; key++) {
          const cover = boxCover(query, key);
          if (cover === 'some' || (result !== undefined && cover !== result)) return 'some';
          result = cover;
        }
      }
      return result === 'all' ? (inside(queries) && inside(keys) ? 'all' : 'some') : 'none';
    },
    pattern: (queries, keys) => (inside(queries) && inside(keys) ? relative(queries, keys) : undefined),
  });
}

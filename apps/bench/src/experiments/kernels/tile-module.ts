import type { Instructions } from '@longspan/wasm-backend';
import {
  advance,
  countedLoop,
  f32x4,
  i32Const,
  loadSplat,
  loadVector,
  localGet,
  localSet,
  loopBelow,
  moduleOf,
  multiplyAdd,
  storeVector,
} from './wasm-module.ts';

/** Bytes of the four values and of the eight numbers of a line that a tile takes at each step. */
const [valuesStep, linesStep] = [16, 32];
/** Where the lines lie, and the sums of a tile: everything is in the level-1 cache, 12 KiB of lines at most. */
const [linesAt, sumsAt] = [8192, 32_768];

/** Floating-point operations of one tile. */
export const flopsPerTile = (depth: number): number => 64 * depth;

/**
 * A module with one function `run(tiles, end)`: the tile of assembly/tile.ts of wasm-backend, 4 rows by 8 columns, with the same
 * loads and the same form of loop, over and over the same numbers; `end` is 16 bytes for each step of its depth.
 */
export function tileModule(instructions: Instructions): Uint8Array<ArrayBuffer> {
  const [tiles, end, values, lines, low, high, value, first] = [0, 1, 2, 3, 4, 5, 6, 7];
  const halves = [low, high] as const;
  const rows = [0, 1, 2, 3] as const;
  const step = (add: (half: number, sum: number) => number[]): number[] => [
    ...[...loadVector(lines, 0), ...localSet(low), ...loadVector(lines, 16), ...localSet(high)],
    ...rows.flatMap((row) => [
      ...[...loadSplat(values, 4 * row), ...localSet(value)],
      ...halves.flatMap((half, at) => add(half, first + 2 * row + at)),
    ]),
    ...[...advance(values, valuesStep), ...advance(lines, linesStep)],
  ];
  const tile = [
    ...[...i32Const(0), ...localSet(values), ...i32Const(linesAt), ...localSet(lines)],
    ...step((half, sum) => [...localGet(value), ...localGet(half), ...f32x4.mul, ...localSet(sum)]),
    ...loopBelow(
      values,
      end,
      step((half, sum) => multiplyAdd(localGet(value), localGet(half), sum, instructions)),
    ),
    ...Array.from({ length: 8 }, (_, at) => storeVector(sumsAt + 16 * at, first + at)).flat(),
  ];
  return moduleOf({
    parameters: 2,
    integers: 2,
    vectors: 11,
    code: [...countedLoop(tiles, tile), ...localGet(first), ...f32x4.firstLane],
  });
}

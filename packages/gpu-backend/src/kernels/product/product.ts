import { u32 } from '../../encode/encode.ts';
import { type Bound, reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';
import type { Finish } from './finish.ts';
import type { Operand } from './operand.ts';
import { type Cut, columnsOf, cutOf, depth, rowsOf, tileCount } from './tile.ts';
import { productText } from './wgsl.ts';

/** The products of all rows of one side with all rows of the other. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  /** How many products make one number. */
  readonly depth: number;
  readonly a: Operand;
  readonly b: Operand;
  readonly finish: Finish;
}

/**
 * A matrix product in tiles. Each number is added up by one thread in one order, and where the depth is cut into slices and parts, so are they:
 * the same call gives the same bits.
 * @shape rows x depth by columns x depth -> rows x columns, each stored in either order
 * @cost one dispatch; two, and 64 MiB at most, where there are few tiles of a depth of thousands, which is cut into parts
 * @source Goto & van de Geijn 2008, for the levels of tiles
 */
export function product(backend: TfjsWebGpu, of: Product, { tile, slices, parts }: Cut = cutOf(of.rows, of.columns, of.depth)): void {
  const { rows, columns, a, b } = of;
  if (rows === 0 || columns === 0) return;
  const sliceDepth = depth * Math.ceil(of.depth / depth / slices / parts);
  const vectors = Math.ceil(columns / 4);
  const items = rows * vectors + (of.finish.hasSums ? Math.ceil(rows / 4) : 0);
  const sums = parts > 1 ? unwritten(backend, [parts, items, 4]) : undefined;
  const sizes = { vectors: u32(vectors), items: u32(items) };
  const finish: Finish = sums === undefined ? of.finish : partOfSums(writes(sums, 'array<vec4f>'), sizes, of.finish.hasSums);
  const ofSide = (operand: Operand): string => `${operand.kind} ${operand.isDepthAlongRows ? 'rows' : 'columns'}`;
  runProgram(backend, {
    name: `product ${rowsOf(tile)} x ${columnsOf(tile)}${slices > 1 ? ` in ${slices} slices` : ''}, ${ofSide(a)} by ${ofSide(b)}; ${finish.name}`,
    bound: { ...a.bound('a'), ...b.bound('b'), ...finish.bound },
    fields: {
      rows: u32(rows),
      columns: u32(columns),
      parts: u32(parts),
      sliceDepth: u32(sliceDepth),
      ...a.fields('a'),
      ...b.fields('b'),
      ...finish.fields,
    },
    text: () => productText(tile, slices, a, b, finish),
    workgroups: parts * tileCount(tile, rows, columns),
  });
  if (sums === undefined) return;
  addUpParts(backend, reads(sums, 'array<vec4f>'), { rows: u32(rows), parts: u32(parts), ...sizes }, of.finish, items);
}

/** Items of a part: the results, and after them the sums of a. */
const partOfSums = (sums: Bound, fields: Fields, hasSums = false): Finish => ({
  name: `a part of the depth${hasSums ? ' with sums of a' : ''}`,
  bound: { sums },
  fields,
  hasSums,
  code: `fn finish(row: u32, vector: u32, sum: vec4f) { sums[part * u.items + row * u.vectors + vector] = sum; }
fn finishSums(vector: u32, sum: vec4f) { sums[part * u.items + u.rows * u.vectors + vector] = sum; }`,
});

const threads = 64;

function addUpParts(backend: TfjsWebGpu, sums: Bound, sizes: Fields, finish: Finish, items: number): void {
  runProgram(backend, {
    name: `sums of parts of the depth; ${finish.name}`,
    bound: { sums, ...finish.bound },
    fields: { ...sizes, ...finish.fields },
    text: () => `${finish.code}
${mainOfRow(threads)}
  let at = group * ${threads}u + t;
  if (at >= u.items) { return; }
  var sum = vec4f();
  for (var first = 0u; first < u.parts; first += 16u) { // errors grow with the longest chain
    var block = vec4f();
    for (var part = first; part < min(first + 16u, u.parts); part++) { block += sums[part * u.items + at]; }
    sum += block;
  }
  ${finish.hasSums ? 'if (at >= u.rows * u.vectors) { finishSums(at - u.rows * u.vectors, sum); return; }' : ''}
  finish(at / u.vectors, at % u.vectors, sum);
}`,
    workgroups: Math.ceil(items / threads),
  });
}

import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { type Bindable, u32 } from '../../encode/encode.ts';
import { partOf, rowParts } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { packed } from '../../wgsl/packed.ts';
import { each } from '../../wgsl/program-text.ts';
import { sumOfColumn } from '../../wgsl/sum-of-column.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';

const threads = 256;
const columnThreads = 16;
const rowThreads = threads / columnThreads;
/** Rows that a thread adds up one after the other before it adds their sum to the others': errors grow with the longest chain. */
const blockLength = 32;
/** Rows whose sum one workgroup makes, where there are more. */
const rowsPerPart = rowThreads * blockLength;

/**
 * The sums of the columns of x: of parts of the rows first, then of the parts, each by one thread in one order, so the same call gives the same
 * bits.
 * @shape x float32, so many rows of that width; returns [width]
 * @cost one dispatch for 512 rows, two for more
 */
export function sumsOfColumns(backend: TfjsWebGpu, x: Tensor, rows: number, width: number): Tensor {
  if (rows === 0) return zeros([width]);
  const bound = rowParts(backend.device.limits, rows, 4 * width);
  const count = bound.reduce((sum, part) => sum + Math.ceil(part.count / rowsPerPart), 0);
  const parts = unwritten(backend, count === 1 ? [width] : [count, 1, width]);
  let before = 0;
  for (const part of bound) {
    const own = Math.ceil(part.count / rowsPerPart);
    addUp(backend, { rows: partOf(x, part, 4 * width), count: part.count, rowsPerPart }, [parts], { width, before, count: own });
    before += own;
  }
  return count === 1 ? parts : (sumsOfParts(backend, parts)[0] as Tensor);
}

/** One sum of all parts for each of the terms. @shape parts [parts, terms, width]; returns [width] each. @cost one dispatch */
export function sumsOfParts(backend: TfjsWebGpu, parts: Tensor): Tensor[] {
  const [count, terms, width] = parts.shape as [number, number, number];
  const sums = Array.from({ length: terms }, () => unwritten(backend, [width]));
  addUp(backend, { rows: parts, count, rowsPerPart: count }, sums, { width, before: 0, count: 1 });
  return sums;
}

/** Adds up rows of so many numbers for each of the sums, into so many parts of each, from a part on. */
function addUp(
  backend: TfjsWebGpu,
  of: { readonly rows: Bindable; readonly count: number; readonly rowsPerPart: number },
  sums: readonly Tensor[],
  to: { readonly width: number; readonly before: number; readonly count: number },
): void {
  const { size, name, code } = packed(to.width);
  const ofOne = to.width / size;
  const vectors = sums.length * ofOne;
  runProgram(backend, {
    name: `sums over rows, ${sums.length > 1 ? `of ${sums.length} terms, ` : ''}${name}`,
    bound: { rows: reads(of.rows, 'array<N>'), ...Object.fromEntries(sums.map((sum, nth) => [`sums${nth}`, writes(sum, 'array<N>')])) },
    fields: {
      rowCount: u32(of.count),
      rowsPerPart: u32(of.rowsPerPart),
      vectors: u32(vectors),
      ofOne: u32(ofOne),
      parts: u32(to.count),
      before: u32(to.before),
    },
    text: () => sumsText(code, sums.length),
    workgroups: to.count * Math.ceil(vectors / columnThreads),
  });
}

/** A workgroup has some columns of a part of the rows. */
const sumsText = (code: string, count: number): string => `${code}
${sumOfColumn(threads, columnThreads)}
${mainOfRow(threads)}
  let tiles = (u.vectors + ${columnThreads - 1}u) / ${columnThreads}u;
  let part = group / tiles;
  let column = (group % tiles) * ${columnThreads}u + t % ${columnThreads}u;
  let isColumn = part < u.parts && column < u.vectors;
  var sum = N();
  if (isColumn) {
    let end = min((part + 1u) * u.rowsPerPart, u.rowCount);
    for (var first = part * u.rowsPerPart + t / ${columnThreads}u; first < end; first += ${rowsPerPart}u) {
      var block = N();
      for (var row = first; row < min(end, first + ${rowsPerPart}u); row += ${rowThreads}u) { block += rows[row * u.vectors + column]; }
      sum += block;
    }
  }
  let whole = sumOfColumn(sum, t);
  if (t >= ${columnThreads}u || !isColumn) { return; }
  let at = (u.before + part) * u.ofOne + column % u.ofOne;
  ${each(count, (nth) => `${nth === 0 ? '' : 'else '}${nth === count - 1 ? '' : `if (column / u.ofOne == ${nth}u) `}{ sums${nth}[at] = whole; }`)}
}`;

import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { u32 } from '../../encode/encode.ts';
import { partOf, type RowPart, rowParts } from '../../encode/row-parts.ts';
import { type Bound, reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { packed } from '../../wgsl/packed.ts';
import { each } from '../../wgsl/program-text.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';

/** What is added up over rows, column by column. */
export interface Terms {
  /** For the program's name: says all that `terms` and `code` depend on. */
  readonly name: string;
  /** What the expressions read, of those rows. */
  readonly bound: (part: RowPart) => Readonly<Record<string, Bound>>;
  /** Bytes of a row of the widest of that. */
  readonly bytesPerRow: number;
  readonly fields: Fields;
  /**
   * Expressions of the type N, of `row`, of `at`, which counts Ns of all rows in the order of memory, and of `column`, Ns of one row: rows of the part
   * that is bound.
   */
  readonly terms: readonly string[];
}

const columnThreads = 16;
const rowThreads = 4;
/** Rows whose sum one workgroup makes. */
const rowsPerPart = 128;

/**
 * One sum for each of the terms, over so many rows of that width: parts of rows first, then the parts, each by one thread in one order, so the same
 * call gives the same bits.
 * @shape returns [width] each
 * @cost one dispatch for each factor of 128 in the rows, and one more for each term
 */
export function columnSums(backend: TfjsWebGpu, of: Terms, rows: number, width: number): Tensor[] {
  const count = of.terms.length;
  if (rows === 0) return of.terms.map(() => zeros([width]));
  const bound = rowParts(backend.device.limits, rows, of.bytesPerRow);
  const parts = bound.reduce((sum, part) => sum + partsOf(part), 0);
  const sums = unwritten(backend, parts === 1 && count === 1 ? [width] : [parts, count, width]);
  const { size, name, code } = packed(width);
  const vectors = width / size;
  let before = 0;
  for (const part of bound) {
    addUp(part, before);
    before += partsOf(part);
  }
  if (parts === 1 && count === 1) return [sums];
  return of.terms.flatMap((_, nth) => {
    const fields = { stride: u32(count * vectors), first: u32(nth * vectors) };
    const terms = ['parts_[row * u.stride + u.first + column]'];
    const ofParts = { name: 'parts', bound: () => ({ parts_: reads(sums, 'array<N>') }), bytesPerRow: 0, fields, terms };
    return columnSums(backend, ofParts, parts, width);
  });

  function addUp(part: RowPart, partsBefore: number): void {
    runProgram(backend, {
      name: `sums of ${of.name} over rows, ${name}`,
      bound: { ...of.bound(part), sums: writes(sums, 'array<N>') },
      fields: { ...of.fields, rows: u32(part.count), vectors: u32(vectors), parts: u32(partsOf(part)), partsBefore: u32(partsBefore) },
      text: () => sumsText(code, of.terms),
      workgroups: partsOf(part) * Math.ceil(vectors / columnThreads),
    });
  }
}

/** A workgroup has some columns of a part of the rows. */
function sumsText(code: string, terms: readonly string[]): string {
  const count = terms.length;
  return `${code}
const per = ${columnThreads}u;
${each(count, (nth) => `var<workgroup> partial${nth}: array<N, ${columnThreads * rowThreads}>;`)}
${mainOfRow(columnThreads * rowThreads)}
  let tiles = (u.vectors + per - 1u) / per;
  let part = group / tiles;
  let column = (group % tiles) * per + t % per;
  let isColumn = part < u.parts && column < u.vectors;
  ${each(count, (nth) => `var sum${nth} = N();`)}
  if (isColumn) {
    let end = min((part + 1u) * ${rowsPerPart}u, u.rows);
    for (var row = part * ${rowsPerPart}u + t / per; row < end; row += ${rowThreads}u) {
      let at = row * u.vectors + column;
      ${each(count, (nth) => `sum${nth} += ${terms[nth]};`)}
    }
  }
  ${each(count, (nth) => `partial${nth}[t] = sum${nth};`)}
  workgroupBarrier();
  if (t < per && isColumn) {
    ${each(
      count,
      (nth) =>
        `sums[((u.partsBefore + part) * ${count}u + ${nth}u) * u.vectors + column] = (partial${nth}[t] + partial${nth}[t + per]) + (partial${nth}[t + 2u * per] + partial${nth}[t + 3u * per]);`,
    )}
  }
}`;
}

const partsOf = ({ count }: RowPart): number => Math.ceil(count / rowsPerPart);

/** The sums of the columns of x. @shape x float32, so many rows of that width; returns [width] */
export const sumsOfColumns = (backend: TfjsWebGpu, x: Tensor, rows: number, width: number): Tensor => {
  const bytesPerRow = 4 * width;
  const bound = (part: RowPart) => ({ x: reads(partOf(x, part, bytesPerRow), 'array<N>') });
  return columnSums(backend, { name: 'numbers', bound, bytesPerRow, fields: {}, terms: ['x[at]'] }, rows, width)[0] as Tensor;
};

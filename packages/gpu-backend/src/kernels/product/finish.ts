import type { Activation } from '@longspan/core-tensor';
import type { Bindable } from '../../encode/encode.ts';
import { u32 } from '../../encode/encode.ts';
import { type Bound, reads, writes } from '../../encode/run-program.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { readRows, writeRows } from '../../wgsl/rows.ts';
import { activationOfFours } from '../gelu/activation.ts';

/** What becomes of the sums of products. */
export interface Finish {
  /** All that `code` depends on. */
  readonly name: string;
  readonly bound: Readonly<Record<string, Bound>>;
  readonly fields: Fields;
  /** `finish(row, vector, sum)`: of a row of results that is there, and four of its columns, some of which may not be. */
  readonly code: string;
  /** Whether a's numbers are added up, too: then `code` has `finishSums(vector, sum)`, of four rows, some of which may not be there. */
  readonly hasSums?: boolean | undefined;
}

export interface Stored {
  readonly out: Bindable;
  readonly width: number;
  /** Rows of `out` before the first of the product. */
  readonly first?: number | undefined;
  /** Columns of `out`, and of the bias, before the first of the product: a multiple of 4. */
  readonly firstColumn?: number | undefined;
  readonly bias?: Bindable | undefined;
  /** Whether the sums are added to what is there. */
  readonly isAdded?: boolean | undefined;
  /** Multiplies the sums by the slope of an activation at numbers that are stored as `out` is. */
  readonly slope?: { readonly of: Activation; readonly at: Bindable } | undefined;
  /** Takes the sums of a's numbers over the depth, one for each row of the product. */
  readonly sums?: Bindable | undefined;
}

/** Writes the sums, plus a bias for each column, or plus what was there before. */
export function stored({ out, width, first = 0, firstColumn = 0, bias, isAdded = false, slope, sums }: Stored): Finish {
  const isAligned = width % 4 === 0;
  const written = writeRows('out', 'u.outWidth', isAligned);
  return {
    name: `stored${isAligned ? '' : ' in fours and a rest'}${slope ? ` times the slope of ${slope.of}` : ''}${bias ? ' with a bias' : ''}${sums ? ' with sums of a' : ''}${isAdded ? ', added' : ''}`,
    bound: {
      ...(bias && { bias: reads(bias, written.type) }),
      ...(slope && { given: reads(slope.at, written.type) }),
      out: writes(out, written.type),
      ...(sums && { sumsOfA: writes(sums, 'array<f32>') }),
    },
    hasSums: sums !== undefined,
    fields: { outWidth: u32(width), outFirst: u32(first), outFirstVector: u32(firstColumn / 4) },
    code: `${written.code}
${isAdded ? readRows('out', 'u.outWidth', isAligned).code : ''}
${bias ? readRows('bias', 'u.outWidth', isAligned).code : ''}
${slope ? `${activationOfFours(slope.of)}\n${readRows('given', 'u.outWidth', isAligned).code}` : ''}
fn finish(row: u32, vector: u32, sum: vec4f) {
  let own = u.outFirst + row;
  let at = u.outFirstVector + vector;
  ${slope ? 'let x = givenAt(own, at);' : ''}
  outWrite(own, at, ${slope ? 'sloped(sum, x, gateOf(x))' : 'sum'}${bias ? ' + biasAt(0u, at)' : ''}${isAdded ? ' + outAt(own, at)' : ''});
}
${
  sums
    ? `fn finishSums(vector: u32, sum: vec4f) {
  for (var i = 0u; i < 4u && 4u * vector + i < u.rows; i++) { sumsOfA[4u * vector + i] ${isAdded ? '+=' : '='} sum[i]; }
}`
    : ''
}`,
  };
}

import type { Bindable } from '../../encode/encode.ts';
import { u32 } from '../../encode/encode.ts';
import { type Bound, reads, writes } from '../../encode/run-program.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { readRows, writeRows } from '../../wgsl/rows.ts';

/** What becomes of the sums of products. */
export interface Finish {
  /** All that `code` depends on. */
  readonly name: string;
  readonly bound: Readonly<Record<string, Bound>>;
  readonly fields: Fields;
  /** `finish(row, vector, sum)`: of a row of results that is there, and four of its columns, some of which may not be. */
  readonly code: string;
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
}

/** Writes the sums, plus a bias for each column, or plus what was there before. */
export function stored({ out, width, first = 0, firstColumn = 0, bias, isAdded = false }: Stored): Finish {
  const isAligned = width % 4 === 0;
  const written = writeRows('out', 'u.outWidth', isAligned);
  return {
    name: `stored${isAligned ? '' : ' in fours and a rest'}${bias ? ' with a bias' : ''}${isAdded ? ', added' : ''}`,
    bound: { ...(bias && { bias: reads(bias, written.type) }), out: writes(out, written.type) },
    fields: { outWidth: u32(width), outFirst: u32(first), outFirstVector: u32(firstColumn / 4) },
    code: `${written.code}
${isAdded ? readRows('out', 'u.outWidth', isAligned).code : ''}
${bias ? readRows('bias', 'u.outWidth', isAligned).code : ''}
fn finish(row: u32, vector: u32, sum: vec4f) {
  let own = u.outFirst + row;
  let at = u.outFirstVector + vector;
  outWrite(own, at, sum${bias ? ' + biasAt(0u, at)' : ''}${isAdded ? ' + outAt(own, at)' : ''});
}`,
  };
}

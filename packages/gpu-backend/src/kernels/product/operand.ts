import type { Activation } from '@longspan/core-tensor';
import type { Bindable } from '../../encode/encode.ts';
import { u32 } from '../../encode/encode.ts';
import { type Bound, reads } from '../../encode/run-program.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { readRows } from '../../wgsl/rows.ts';
import { activationOfFours } from '../gelu/activation.ts';

/** One side of a product, as it is stored: what the name says in each is the side's. */
export interface Operand {
  /** How it is read, for a program's name: all that `code` depends on. */
  readonly kind: string;
  /** Whether the numbers that are multiplied with each other follow each other in memory, or lie a row apart. */
  readonly isDepthAlongRows: boolean;
  readonly bound: (name: string) => Readonly<Record<string, Bound>>;
  readonly fields: (name: string) => Fields;
  /** `NAMERead(row, vector)`: four numbers of a row, zeros after its end, of a row that is there. */
  readonly code: (name: string) => string;
}

export interface StoredRows {
  readonly width: number;
  /** Columns that take part, and how many, a multiple of 4, lie before the first of them; all by default. */
  readonly columns?: { readonly first: number; readonly count: number } | undefined;
  /** How many rows take part, and how many lie before the first of them. */
  readonly count: number;
  readonly first?: number | undefined;
}

/** What every operand is told: the rows and columns that take part, and where they begin. */
export const sizesOfRows =
  ({ width, count, first = 0, columns = { first: 0, count: width } }: StoredRows) =>
  (name: string): Fields => ({
    [`${name}Rows`]: u32(count),
    [`${name}First`]: u32(first),
    [`${name}Width`]: u32(width),
    [`${name}Columns`]: u32(columns.count),
    [`${name}FirstVector`]: u32(columns.first / 4),
  });

/** Rows of float32 numbers; or of what an activation makes of them, each time that they are read. */
export function matrix(of: Bindable, rows: StoredRows, isDepthAlongRows: boolean, activation?: Activation): Operand {
  const isAligned = rows.width % 4 === 0;
  const read = (name: string) => readRows(name, `u.${name}Width`, isAligned);
  return {
    kind: `${activation ? `${activation} of ` : ''}${isAligned ? 'float32' : 'float32 in fours and a rest'}`,
    isDepthAlongRows,
    bound: (name) => ({ [name]: reads(of, read(name).type) }),
    fields: sizesOfRows(rows),
    code: (name) => `${read(name).code}
${activation ? activationOfFours(activation) : ''}
fn ${name}Read(row: u32, vector: u32) -> vec4f {
  let x = ${name}At(row, vector);
  return ${activation ? 'activated(x, gateOf(x))' : 'x'};
}`,
  };
}

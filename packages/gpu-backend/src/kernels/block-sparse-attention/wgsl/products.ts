import { component, each } from '../../../wgsl/program-text.ts';
import { operandVectors, type Tile, threadsOf } from '../tile.ts';

/** `numbers` as operands are kept; what float16 cannot hold is held to its ends. */
export const kept = ({ precision }: Tile): string =>
  precision === 'float16' ? 'vec4<f16>(clamp(numbers, vec4f(-65504.0), vec4f(65504.0)))' : 'numbers';

/** Reads a vec4 of a row of the tile into `numbers`, if that row is there. */
export type Load = (row: string, vector: string) => string;

/** Workgroup memory of both products. */
export const productMemory = (tile: Tile): string => `
var<workgroup> operands: array<${tile.precision === 'float16' ? 'vec4<f16>' : 'vec4f'}, ${operandVectors(tile)}>;
var<workgroup> weights: array<vec4f, ${tile.columns * tile.rowThreads}>;`;

/**
 * NAME0 … (4 rows each): the products of the tile's own rows with rows of the other side, over `vectors` vec4s. Both pass through workgroup
 * memory a few columns at a time, so that any head dimension takes the same memory.
 */
export function rowProducts(tile: Tile, name: string, vectors: string, own: Load, other: Load): string {
  const { depth, rows, columns, columnThreads } = tile;
  const load = (count: number, at: number, of: Load, mark: string): string => `
    for (var x = t; x < ${depth * count}u; x += ${threadsOf(tile)}u) {
      let row = x / ${depth}u;
      let vector = x % ${depth}u;
      var numbers = vec4f();
      if (first + vector < ${vectors}) { ${of('row', 'first + vector')} }
      if (isUnusual(numbers)) { numbers = cleaned(numbers); ${mark} }
      operands[${at}u + vector * ${count}u + row] = ${kept(tile)};
    }`;
  const perThread = columns / columnThreads;
  return `
  ${each(perThread, (j) => `var ${name}${j} = vec4f();`)}
  for (var first = 0u; first < ${vectors}; first += ${depth}u) {
    workgroupBarrier();
    ${load(rows, 0, own, 'atomicOr(&unusualOwn[row / 32u], 1u << (row % 32u));')}
    ${load(columns, depth * rows, other, 'atomicOr(&unusualOther[turn], 1u << row);')}
    workgroupBarrier();
    for (var vector = 0u; vector < ${depth}u; vector++) {
      let at = vector * ${rows}u + 4u * rowThread;
      let a0 = vec4f(operands[at]); let a1 = vec4f(operands[at + 1u]); let a2 = vec4f(operands[at + 2u]); let a3 = vec4f(operands[at + 3u]);
      ${each(
        perThread,
        (j) => `{ let b = vec4f(operands[${depth * rows + j * columnThreads}u + vector * ${columns}u + columnThread]);
        ${name}${j} += vec4f(dot(a0, b), dot(a1, b), dot(a2, b), dot(a3, b)); }`,
      )}
    }
  }`;
}

/** NAMEr_p: four rows r of `parts` vec4s. */
export const accumulators = ({ parts }: Tile, name: string): string =>
  each(4, (r) => each(parts, (part) => `var ${name}${r}_${part} = vec4f();`));

/** NAMEr_p += transposed `weights`, which are written before, times rows of the other side, from the vec4 `slice` on. */
export function weightedRows(tile: Tile, name: string, vectors: string, other: Load): string {
  const { columns, valueRows, parts, columnThreads, rowThreads } = tile;
  const width = parts * columnThreads;
  return `
  for (var firstRow = 0u; firstRow < ${columns}u; firstRow += ${valueRows}u) {
    workgroupBarrier();
    for (var x = t; x < ${valueRows * width}u; x += ${threadsOf(tile)}u) {
      let row = firstRow + x / ${width}u;
      let vector = slice + x % ${width}u;
      var numbers = vec4f();
      if (vector < ${vectors}) { ${other('row', 'vector')} }
      if (isUnusual(numbers)) { numbers = cleaned(numbers); atomicOr(&unusualWeighted[turn], 1u << row); }
      operands[x] = ${kept(tile)};
    }
    workgroupBarrier();
    for (var row = 0u; row < ${valueRows}u; row++) {
      let w = weights[(firstRow + row) * ${rowThreads}u + rowThread];
      ${each(
        parts,
        (part) => `{ let b = vec4f(operands[row * ${width}u + ${part * columnThreads}u + columnThread]);
        ${each(4, (r) => `${name}${r}_${part} += w.${component(r)} * b;`)} }`,
      )}
    }
  }`;
}

/** Writes NAMEr_p by `OUTWrite`, each row times `factor(r)`; NaN where `spoiled` says so. */
export function storeRows(tile: Tile, name: string, out: string, vectors: string, factor: (row: number) => string): string {
  return each(
    4,
    (r) =>
      `if (own + ${r}u < end) { ${each(
        tile.parts,
        (part) => `{ let vector = slice + ${part * tile.columnThreads}u + columnThread;
      if (vector < ${vectors}) { ${out}Write(base + own + ${r}u, vector, select(${name}${r}_${part} * ${factor(r)}, vec4f(bitcast<f32>(u.notANumber)), spoiled.${component(r)})); } }`,
      )} }`,
  );
}

/** VALUE (a vec4f) of the threads that share rows, as their largest or their sum. Begins and ends with a barrier that all threads reach. */
export const acrossRow = ({ columnThreads }: Tile, value: string, how: 'max' | 'sum'): string => `
  partial[t] = ${value};
  workgroupBarrier();
  ${value} = partial[rowThread * ${columnThreads}u];
  ${each(columnThreads - 1, (at) =>
    how === 'max'
      ? `${value} = max(${value}, partial[rowThread * ${columnThreads}u + ${at + 1}u]);`
      : `${value} += partial[rowThread * ${columnThreads}u + ${at + 1}u];`,
  )}`;

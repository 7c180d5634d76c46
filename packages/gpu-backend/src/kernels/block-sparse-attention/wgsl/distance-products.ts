import { each } from '../../../wgsl/program-text.ts';
import { distanceVectors, type Tile, threadsOf } from '../tile.ts';
import { kept, type Load } from './products.ts';
import { distanceRowsOf, type RowsAre, type ScoreCode } from './scores.ts';

/**
 * s0, s1, … += the products of queries, with a row added, with the rows of their pairs' distances: of a tile, one row less than its rows and
 * columns together. Pairs along a diagonal share a row, so a thread reads four of them for a column where keys take one.
 * @param query reads a vec4 of a query
 * @source Dai et al. 2019, Transformer-XL (arXiv 1901.02860) appendix B: the shift
 */
export function distanceProducts(tile: Tile, scores: ScoreCode, rowsAre: RowsAre, query: Load): string {
  const rows = distanceRowsOf(scores);
  if (rows === undefined) return '';
  const { depth, columnThreads } = tile;
  const isOwn = rowsAre === 'queries';
  const queries = isOwn ? tile.rows : tile.columns;
  const distances = distanceVectors(tile);
  const firstApart = isOwn ? `i32(firstOther) - i32(firstOwn) - ${tile.rows - 1}` : `i32(firstOwn) - i32(firstOther) - ${tile.columns - 1}`;
  const perThread = tile.columns / columnThreads;
  const distance = (at: string): string => `vec4f(operands[${at}])`;
  const first = `${depth * queries + queries - 1}u + vector * ${distances}u`; // behind the queries: of the first row with the first column
  const four = [0, 1, 2, 3];
  const products = (column: string): string =>
    isOwn
      ? `let d = ${first} + ${column} - 4u * rowThread;
        let sums = vec4f(${four.map((r) => `dot(a${r}, ${distance(`d - ${r}u`)})`).join(', ')});`
      : `let d = ${first} + 4u * rowThread - ${column};
        let b = vec4f(operands[vector * ${queries}u + ${column}]);
        let sums = vec4f(${four.map((r) => `dot(b, ${distance(`d + ${r}u`)})`).join(', ')});`;
  return `
  for (var first = 0u; first < headVectors; first += ${depth}u) {
    workgroupBarrier();
    for (var x = t; x < ${depth * queries}u; x += ${threadsOf(tile)}u) {
      let row = x / ${depth}u;
      let vector = x % ${depth}u;
      var numbers = vec4f();
      if (first + vector < headVectors) { ${query('row', 'first + vector')} numbers = cleaned(added(numbers, tableVector(${rows.addedAt}, first + vector))); }
      operands[vector * ${queries}u + row] = ${kept(tile)};
    }
    for (var x = t; x < ${depth * distances}u; x += ${threadsOf(tile)}u) {
      let apart = ${firstApart} + i32(x / ${depth}u);
      let vector = x % ${depth}u;
      var numbers = vec4f();
      if (first + vector < headVectors) { numbers = tableVector(${rows.rowAt('apart')}, first + vector); }
      operands[${depth * queries}u + vector * ${distances}u + x / ${depth}u] = ${kept(tile)};
    }
    workgroupBarrier();
    for (var vector = 0u; vector < ${depth}u; vector++) {
      ${isOwn ? each(4, (r) => `let a${r} = vec4f(operands[vector * ${queries}u + 4u * rowThread + ${r}u]);`) : ''}
      ${each(perThread, (j) => `{ let column = columnThread + ${j * columnThreads}u; ${products('column')} s${j} += sums; }`)}
    }
  }`;
}

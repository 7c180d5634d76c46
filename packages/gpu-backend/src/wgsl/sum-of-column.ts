/**
 * `sumOfColumn(value, t)`: the sum of the values of the threads t % `columns` + k · `columns`, two by two, the same bits for all of them. All
 * threads of the workgroup call it. Threads and columns are powers of two.
 */
export const sumOfColumn = (threads: number, columns: number): string => `
var<workgroup> columnSums: array<N, ${threads}>;
fn sumOfColumn(value: N, t: u32) -> N {
  columnSums[t] = value;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half >= ${columns}u; half /= 2u) {
    if (t < half) { columnSums[t] += columnSums[t + half]; }
    workgroupBarrier();
  }
  let sum = columnSums[t % ${columns}u];
  workgroupBarrier();
  return sum;
}`;

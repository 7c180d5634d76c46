/** out [batch, columns, rows] = x [batch, rows, columns], numbers of 4 bytes; as the host writes it. */
@unmanaged
export class TransposeJob {
  x: usize;
  out: usize;
  rows: i32;
  columns: i32;
}

/** An item is so many rows of one matrix: the pieces of the columns that it writes are whole cache lines. */
const ROWS_PER_ITEM = 64;
/** Columns that are written to before the next rows are read. */
const COLUMNS_PER_TILE = 16;

export function transpose(job: TransposeJob, from: i32, to: i32, _scratch: usize): void {
  const itemsPerMatrix = (job.rows + ROWS_PER_ITEM - 1) / ROWS_PER_ITEM;
  const matrix = (<usize>job.rows * <usize>job.columns) << 2;
  for (let item = from; item < to; item++) {
    const offset = <usize>(item / itemsPerMatrix) * matrix;
    const row = (item % itemsPerMatrix) * ROWS_PER_ITEM;
    const rowEnd = min(row + ROWS_PER_ITEM, job.rows);
    for (let column = 0; column < job.columns; column += COLUMNS_PER_TILE) {
      transposeTile(job, offset, row, rowEnd, column, min(column + COLUMNS_PER_TILE, job.columns));
    }
  }
}

function transposeTile(job: TransposeJob, offset: usize, firstRow: i32, rowEnd: i32, firstColumn: i32, columnEnd: i32): void {
  const rowStep = <usize>job.columns << 2;
  const columnStep = <usize>job.rows << 2;
  for (let row = firstRow; row < rowEnd; row += 4) {
    for (let column = firstColumn; column < columnEnd; column += 4) {
      const source = job.x + offset + <usize>row * rowStep + (<usize>column << 2);
      const target = job.out + offset + <usize>column * columnStep + (<usize>row << 2);
      if (row + 4 <= rowEnd && column + 4 <= columnEnd) {
        transposeFour(source, rowStep, target, columnStep);
      } else {
        for (let r = 0; r < min(4, rowEnd - row); r++) {
          for (let c = 0; c < min(4, columnEnd - column); c++) {
            store<i32>(target + <usize>c * columnStep + (<usize>r << 2), load<i32>(source + <usize>r * rowStep + (<usize>c << 2)));
          }
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function transposeFour(source: usize, rowStep: usize, target: usize, columnStep: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + rowStep);
  const c = v128.load(source + 2 * rowStep);
  const d = v128.load(source + 3 * rowStep);
  const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd23 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<i64>(ab01, cd01, 0, 2));
  v128.store(target + columnStep, v128.shuffle<i64>(ab01, cd01, 1, 3));
  v128.store(target + 2 * columnStep, v128.shuffle<i64>(ab23, cd23, 0, 2));
  v128.store(target + 3 * columnStep, v128.shuffle<i64>(ab23, cd23, 1, 3));
}

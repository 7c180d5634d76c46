/** out [width] = the sum over the rows [rows, width], in rows that lie `stride` bytes apart; as the host writes it. */
@unmanaged
export class ColumnSumsJob {
  rows: usize;
  out: usize;
  count: i32;
  width: i32;
  stride: i32;
  /** An item of the job is that many columns. */
  columnsPerItem: i32;
}

/** Rows that are added up before the total grows, so that rounding errors stay small over many rows. */
const ROWS_PER_PART = 128;

export function columnSums(job: ColumnSumsJob, from: i32, to: i32, _scratch: usize): void {
  for (let item = from; item < to; item++) {
    const first = item * job.columnsPerItem;
    const end = min(first + job.columnsPerItem, job.width);
    let column = first;
    for (; column + 16 <= end; column += 16) sumSixteen(job, column);
    for (; column + 4 <= end; column += 4) sumFour(job, column);
    for (; column < end; column++) sumOne(job, column);
  }
}

/** A cache line of columns. */
function sumSixteen(job: ColumnSumsJob, column: i32): void {
  const stride = <usize>job.stride;
  let row = job.rows + (<usize>column << 2);
  const zero = f32x4.splat(0);
  let total0 = zero;
  let total1 = zero;
  let total2 = zero;
  let total3 = zero;
  for (let first = 0; first < job.count; first += ROWS_PER_PART) {
    let sum0 = zero;
    let sum1 = zero;
    let sum2 = zero;
    let sum3 = zero;
    const end = row + <usize>min(ROWS_PER_PART, job.count - first) * stride;
    for (; row < end; row += stride) {
      sum0 = f32x4.add(sum0, v128.load(row));
      sum1 = f32x4.add(sum1, v128.load(row, 16));
      sum2 = f32x4.add(sum2, v128.load(row, 32));
      sum3 = f32x4.add(sum3, v128.load(row, 48));
    }
    total0 = f32x4.add(total0, sum0);
    total1 = f32x4.add(total1, sum1);
    total2 = f32x4.add(total2, sum2);
    total3 = f32x4.add(total3, sum3);
  }
  const out = job.out + (<usize>column << 2);
  v128.store(out, total0);
  v128.store(out, total1, 16);
  v128.store(out, total2, 32);
  v128.store(out, total3, 48);
}

function sumFour(job: ColumnSumsJob, column: i32): void {
  const stride = <usize>job.stride;
  let row = job.rows + (<usize>column << 2);
  let total = f32x4.splat(0);
  for (let first = 0; first < job.count; first += ROWS_PER_PART) {
    let sum = f32x4.splat(0);
    const end = row + <usize>min(ROWS_PER_PART, job.count - first) * stride;
    for (; row < end; row += stride) sum = f32x4.add(sum, v128.load(row));
    total = f32x4.add(total, sum);
  }
  v128.store(job.out + (<usize>column << 2), total);
}

function sumOne(job: ColumnSumsJob, column: i32): void {
  const stride = <usize>job.stride;
  let row = job.rows + (<usize>column << 2);
  let total: f32 = 0;
  for (let first = 0; first < job.count; first += ROWS_PER_PART) {
    let sum: f32 = 0;
    const end = row + <usize>min(ROWS_PER_PART, job.count - first) * stride;
    for (; row < end; row += stride) sum += load<f32>(row);
    total += sum;
  }
  store<f32>(job.out + (<usize>column << 2), total);
}

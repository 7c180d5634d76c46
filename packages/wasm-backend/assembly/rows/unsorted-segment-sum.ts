/** out [segments, width] = for each segment the sum of the rows [count, width] whose id names it; other ids are passed over. */
@unmanaged
export class SegmentSumJob {
  rows: usize;
  /** int32, one for each row. */
  ids: usize;
  out: usize;
  count: i32;
  width: i32;
  segments: i32;
  /** An item of the job is that many columns of out. */
  columnsPerItem: i32;
  /** 1 where the numbers are int32, 0 where they are float32. */
  areIntegers: i32;
  /** Rows with this id are passed over too; −1 for none. */
  passedOver: i32;
}

export function unsortedSegmentSum(address: usize, from: i32, to: i32, scratch: usize): void {
  const job = changetype<SegmentSumJob>(address);
  const rowStep = <usize>job.width << 2;
  const integers = job.areIntegers != 0;
  for (let item = from; item < to; item++) {
    const column = item * job.columnsPerItem;
    const columns = min(job.columnsPerItem, job.width - column);
    const out = job.out + (<usize>column << 2);
    for (let segment = 0; segment < job.segments; segment++) memory.fill(out + <usize>segment * rowStep, 0, <usize>columns << 2);
    let row = job.rows + (<usize>column << 2);
    for (let at = 0; at < job.count; at++) {
      const id = load<u32>(job.ids + (<usize>at << 2));
      if (id < <u32>job.segments && id != <u32>job.passedOver) addRow(row, out + <usize>id * rowStep, columns, integers); // a negative id is a large one
      row += rowStep;
    }
  }
}

function addRow(row: usize, out: usize, columns: i32, integers: bool): void {
  let at = 0;
  for (; at + 4 <= columns; at += 4) {
    const sum = v128.load(out);
    const more = v128.load(row);
    v128.store(out, integers ? i32x4.add(sum, more) : f32x4.add(sum, more));
    out += 16;
    row += 16;
  }
  for (; at < columns; at++) {
    if (integers) store<i32>(out, load<i32>(out) + load<i32>(row));
    else store<f32>(out, load<f32>(out) + load<f32>(row));
    out += 4;
    row += 4;
  }
}

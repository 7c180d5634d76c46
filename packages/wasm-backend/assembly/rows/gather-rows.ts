/** out [count, width] = rows of a table; as the host writes it. */
@unmanaged
export class GatherRowsJob {
  table: usize;
  /** int32 [count] */
  ids: usize;
  out: usize;
  /** How many rows the table has; another id gives a row of NaN. */
  rows: i32;
  width: i32;
}

/** Items are rows of out. */
export function gatherRows(job: GatherRowsJob, from: i32, to: i32, _scratch: usize): void {
  const bytes = <usize>job.width << 2;
  let out = job.out + <usize>from * bytes;
  for (let item = from; item < to; item++) {
    const id = load<u32>(job.ids + (<usize>item << 2));
    if (id < <u32>job.rows) memory.copy(out, job.table + <usize>id * bytes, bytes);
    else for (let at: usize = 0; at < bytes; at += 4) store<f32>(out + at, NaN); // a negative id is a large one
    out += bytes;
  }
}

/** How `copyRows` copies; the host writes it, field by field, 4 bytes each. */
@unmanaged
export class RowCopy {
  source: usize;
  target: usize;
  /** Numbers of each row that are copied. */
  width: i32;
  /** Bytes from row to row. Behind its width, a target row is filled with zeros. */
  sourceStride: i32;
  targetStride: i32;
  scale: f32;
  /** One row of `width` numbers for each group, added after the scale; 0 for none. */
  addend: usize;
  /** Row r belongs to group (r / rowsPerGroup) mod groups. */
  rowsPerGroup: i32;
  groups: i32;
  /** A source row is the sum of that many rows, in order; bytes from one to the next. */
  parts: i32;
  partStride: usize;
}

/** Copies rows to another stride: target[r] = scale · source[r] + addend of the row's group. Items are rows. */
export function copyRows(job: RowCopy, from: i32, to: i32, _scratch: usize): void {
  const width = job.width;
  const scale = f32x4.splat(job.scale);
  for (let row = from; row < to; row++) {
    const source = job.source + <usize>row * job.sourceStride;
    const target = job.target + <usize>row * job.targetStride;
    const addend = job.addend ? job.addend + (<usize>((row / job.rowsPerGroup) % job.groups) * width << 2) : 0;
    let column = 0;
    for (; column + 4 <= width; column += 4) {
      const at = <usize>column << 2;
      let sum = v128.load(source + at);
      for (let part = 1; part < job.parts; part++) sum = f32x4.add(sum, v128.load(source + <usize>part * job.partStride + at));
      const scaled = f32x4.mul(sum, scale);
      v128.store(target + at, addend ? f32x4.add(scaled, v128.load(addend + at)) : scaled);
    }
    for (; column < width; column++) {
      const at = <usize>column << 2;
      let sum = load<f32>(source + at);
      for (let part = 1; part < job.parts; part++) sum += load<f32>(source + <usize>part * job.partStride + at);
      const scaled = sum * job.scale;
      store<f32>(target + at, addend ? scaled + load<f32>(addend + at) : scaled);
    }
    for (let at = <usize>column << 2; at < <usize>job.targetStride; at += 4) store<f32>(target + at, 0);
  }
}

/**
 * Four rows side by side, [depth][4], times `scale`, at steps of `step` bytes: what the kernels broadcast from, or half a panel of
 * eight. Rows are numbered from `first` on and held to [0, count).
 */
export function interleaveRows(
  source: usize,
  stride: usize,
  first: i32,
  count: i32,
  depth: i32,
  scale: f32,
  target: usize,
  step: usize,
): void {
  const last = count - 1;
  let a = source + <usize>max(min(first, last), 0) * stride;
  let b = source + <usize>max(min(first + 1, last), 0) * stride;
  let c = source + <usize>max(min(first + 2, last), 0) * stride;
  let d = source + <usize>max(min(first + 3, last), 0) * stride;
  const scales = f32x4.splat(scale);
  let column = 0;
  for (; column + 4 <= depth; column += 4) {
    const rowA = f32x4.mul(v128.load(a), scales);
    const rowB = f32x4.mul(v128.load(b), scales);
    const rowC = f32x4.mul(v128.load(c), scales);
    const rowD = f32x4.mul(v128.load(d), scales);
    const lowAB = v128.shuffle<i32>(rowA, rowB, 0, 4, 1, 5);
    const highAB = v128.shuffle<i32>(rowA, rowB, 2, 6, 3, 7);
    const lowCD = v128.shuffle<i32>(rowC, rowD, 0, 4, 1, 5);
    const highCD = v128.shuffle<i32>(rowC, rowD, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<i64>(lowAB, lowCD, 0, 2));
    v128.store(target + step, v128.shuffle<i64>(lowAB, lowCD, 1, 3));
    v128.store(target + 2 * step, v128.shuffle<i64>(highAB, highCD, 0, 2));
    v128.store(target + 3 * step, v128.shuffle<i64>(highAB, highCD, 1, 3));
    target += 4 * step;
    a += 16;
    b += 16;
    c += 16;
    d += 16;
  }
  for (; column < depth; column++) {
    v128.store(target, f32x4.mul(f32x4(load<f32>(a), load<f32>(b), load<f32>(c), load<f32>(d)), scales));
    target += step;
    a += 4;
    b += 4;
    c += 4;
    d += 4;
  }
}

/** How many axes a copy has besides its runs. */
const AXES = 6;

/**
 * Copies numbers of 4 bytes to [sizes..., runLength] in one piece, from anywhere: axis a goes on by strides[a] bytes, which may be 0
 * (a repetition) or negative (a reversal). As the host writes it; after the fields lie six sizes and six strides, outermost first.
 */
@unmanaged
export class StridedCopyJob {
  source: usize;
  target: usize;
  runLength: i32;
  runStride: i32;
}

/** Items are runs. */
export function copyStrided(job: StridedCopyJob, from: i32, to: i32, _scratch: usize): void {
  const sizes = changetype<usize>(job) + offsetof<StridedCopyJob>();
  const strides = sizes + (AXES << 2);
  const bytes = <usize>job.runLength << 2;
  let target = job.target + <usize>from * bytes;
  for (let item = from; item < to; item++) {
    let source = job.source;
    let rest = item;
    for (let axis = AXES - 1; axis >= 0; axis--) {
      const at = <usize>axis << 2;
      const size = load<i32>(sizes + at);
      if (size == 1) continue;
      source += <usize>((rest % size) * load<i32>(strides + at));
      rest /= size;
    }
    copyRun(source, target, bytes, job.runStride);
    target += bytes;
  }
}

// @ts-ignore: decorator
@inline
function copyRun(source: usize, target: usize, bytes: usize, stride: i32): void {
  const end = target + bytes;
  if (stride == 4) {
    if (bytes >= 64) {
      memory.copy(target, source, bytes);
      return;
    }
    for (; target < end; target += 4) {
      store<i32>(target, load<i32>(source));
      source += 4;
    }
  } else if (stride == 0) {
    const value = v128.load32_splat(source);
    for (; target + 16 <= end; target += 16) v128.store(target, value);
    for (; target < end; target += 4) store<i32>(target, load<i32>(source));
  } else {
    for (; target < end; target += 4) {
      store<i32>(target, load<i32>(source));
      source += <usize>stride;
    }
  }
}

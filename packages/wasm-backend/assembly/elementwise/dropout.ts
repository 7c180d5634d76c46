/** y = x · scale where the key keeps the element, else 0; as the host writes it. */
@unmanaged
export class DropoutJob {
  x: usize;
  y: usize;
  count: i32;
  /** An item of the job is that many numbers: a multiple of 8. */
  countPerItem: i32;
  key0: i32;
  key1: i32;
  /** Element i stays where word i of the draw is at most this. */
  largestKept: i32;
  scale: f32;
}

/** Eight numbers at a time: four counters, two words each. Scratch: 32 bytes. */
export function dropout(job: DropoutJob, from: i32, to: i32, scratch: usize): void {
  const largestKept = i32x4.splat(job.largestKept);
  const scales = f32x4.splat(job.scale);
  const end = min(<usize>to * job.countPerItem, <usize>job.count);
  for (let at = <usize>from * job.countPerItem; at < end; at += 8) {
    const half = i32x4.splat(<i32>(at >> 1));
    const counters = i32x4.add(half, i32x4(0, 1, 2, 3));
    const key0 = i32x4.splat(job.key0);
    const key1 = i32x4.splat(job.key1);
    const key2 = i32x4.splat(job.key0 ^ job.key1 ^ 0x1bd11bda);
    // Threefry-2x32 with 20 rounds, as in core-tensor's key/threefry.ts, four counters side by side; their high words are 0.
    let x = i32x4.add(counters, key0);
    let y = key1;
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 13), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 15), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 26), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 6), x);
    x = i32x4.add(x, key1);
    y = i32x4.add(y, i32x4.add(key2, i32x4.splat(1)));
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 17), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 29), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 16), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 24), x);
    x = i32x4.add(x, key2);
    y = i32x4.add(y, i32x4.add(key0, i32x4.splat(2)));
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 13), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 15), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 26), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 6), x);
    x = i32x4.add(x, key0);
    y = i32x4.add(y, i32x4.add(key1, i32x4.splat(3)));
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 17), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 29), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 16), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 24), x);
    x = i32x4.add(x, key1);
    y = i32x4.add(y, i32x4.add(key2, i32x4.splat(4)));
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 13), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 15), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 26), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, 6), x);
    x = i32x4.le_u(i32x4.add(x, key2), largestKept);
    y = i32x4.le_u(i32x4.add(y, i32x4.add(key0, i32x4.splat(5))), largestKept);
    const low = v128.shuffle<i32>(x, y, 0, 4, 1, 5);
    const high = v128.shuffle<i32>(x, y, 2, 6, 3, 7);
    if (at + 8 <= end) {
      const source = job.x + (at << 2);
      const target = job.y + (at << 2);
      v128.store(target, v128.and(f32x4.mul(v128.load(source), scales), low));
      v128.store(target, v128.and(f32x4.mul(v128.load(source, 16), scales), high), 16);
    } else {
      // The last numbers are worked on in scratch.
      const rest = (end - at) << 2;
      memory.copy(scratch, job.x + (at << 2), rest);
      v128.store(scratch, v128.and(f32x4.mul(v128.load(scratch), scales), low));
      v128.store(scratch, v128.and(f32x4.mul(v128.load(scratch, 16), scales), high), 16);
      memory.copy(job.y + (at << 2), scratch, rest);
    }
  }
}

// @ts-ignore: decorator
@inline
function rotate(words: v128, left: i32): v128 {
  return v128.or(i32x4.shl(words, left), i32x4.shr_u(words, 32 - left));
}

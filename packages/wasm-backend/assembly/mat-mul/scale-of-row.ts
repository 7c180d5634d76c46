/** Rows whose largest magnitude is no larger are 0: its inverse would be infinite. */
const TINY: f32 = 1e-30;

/** Writes what a row's whole numbers of at most `most` are to be multiplied by, and gives what makes them of the row. */
export function scaleOfRow(row: usize, depth: i32, most: f32, exists: bool, target: usize): f32 {
  // Magnitudes are in the order of their bits, NaN after infinity: either makes its row NaN.
  const magnitude = i32x4.splat(0x7fffffff);
  let largest = i32x4.splat(0);
  const end = row + (<usize>depth << 2);
  let at = row;
  for (; at + 16 <= end; at += 16) largest = i32x4.max_s(largest, v128.and(v128.load(at), magnitude));
  for (; at < end; at += 4) largest = i32x4.max_s(largest, v128.and(v128.load32_splat(at), magnitude));
  largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 2, 3, 0, 1));
  largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 1, 0, 3, 2));
  const value = f32x4.extract_lane(largest, 0);
  const isZero = !exists || value <= TINY;
  store<f32>(target, isZero ? 0 : value / most);
  return isZero ? 0 : most / value;
}

import { sumOfLanes } from '../math/lanes';

/** Numbers whose squares are added up in float32, before their sum is one of float64. */
const PIECE: usize = 4096 << 2;

/** Σ x² of so many numbers. */
export function sumOfSquares(x: usize, count: i32): f64 {
  const end = x + (<usize>count << 2);
  const vectorEnd = x + (<usize>(count & ~3) << 2);
  let sum: f64 = 0;
  while (x < vectorEnd) {
    const pieceEnd = min(x + PIECE, vectorEnd);
    let sums = f32x4.splat(0);
    for (; x < pieceEnd; x += 16) {
      const four = v128.load(x);
      sums = f32x4.add(sums, f32x4.mul(four, four));
    }
    sum += <f64>sumOfLanes(sums);
  }
  for (; x < end; x += 4) {
    const number = load<f32>(x);
    sum += <f64>(number * number);
  }
  return sum;
}

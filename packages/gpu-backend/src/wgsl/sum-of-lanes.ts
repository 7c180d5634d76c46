/**
 * `sumOfLanes(value, t)`: the sum of the values of `lanes` threads that follow each other, the same bits for all of them. All threads of the
 * workgroup call it. `lanes` is a power of two.
 */
export const sumOfLanes = (threads: number, lanes: number, type: 'f32' | 'vec2f' = 'f32'): string => `
var<workgroup> partial: array<${type}, ${threads}>;
fn sumOfLanes(value: ${type}, t: u32) -> ${type} {
  partial[t] = value;
  workgroupBarrier();
  for (var half = ${Math.floor(lanes / 2)}u; half > 0u; half /= 2u) {
    if (t % ${lanes}u < half) { partial[t] += partial[t + half]; }
    workgroupBarrier();
  }
  let sum = partial[t - t % ${lanes}u];
  workgroupBarrier();
  return sum;
}`;

/** Threads that share a row of so many numbers, of a workgroup of so many: a power of two, some numbers for each. */
export function lanesFor(numbers: number, threads: number): number {
  let lanes = 1;
  while (lanes < threads && 4 * lanes <= numbers) lanes *= 2;
  return lanes;
}

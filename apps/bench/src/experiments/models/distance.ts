/** How far numbers are from others, as a share of the size of all of these. @throws Error where there are not as many, or where one is none */
export function distance(got: Float32Array, expected: Float32Array): number {
  if (got.length !== expected.length) throw new Error(`wrong answer: ${got.length} numbers, expected ${expected.length}`);
  let [apart, size] = [0, 0];
  for (let at = 0; at < expected.length; at++) {
    const value = expected[at] as number;
    apart += ((got[at] as number) - value) ** 2;
    size += value ** 2;
  }
  if (!Number.isFinite(apart)) throw new Error('wrong answer: a number is none, or infinite');
  return Math.sqrt(apart / size);
}

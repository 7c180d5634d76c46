import type { Product } from './input.ts';

/**
 * Recomputes 256 cells in double precision.
 * @throws Error where one is off
 */
export function checkProduct(
  name: string,
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  { batch, m, k, n, transposeA, transposeB }: Product,
  random: () => number,
): void {
  for (let sample = 0; sample < 256; sample++) {
    const [at, row, column] = [Math.floor(random() * batch), Math.floor(random() * m), Math.floor(random() * n)];
    let [sum, size] = [0, 0];
    for (let p = 0; p < k; p++) {
      const left = a[at * m * k + (transposeA ? p * m + row : row * k + p)] as number;
      const right = b[at * k * n + (transposeB ? column * k + p : p * n + column)] as number;
      sum += left * right;
      size += Math.abs(left * right);
    }
    const got = out[(at * m + row) * n + column] as number;
    if (!(Math.abs(got - sum) <= 1e-6 * size)) throw new Error(`${name} is wrong at [${at}, ${row}, ${column}]: ${got}, not ${sum}`);
  }
}

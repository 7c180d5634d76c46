import { randomNormal } from '@longspan/core-tensor/key';
import { dispose, matMul, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import type { Bench } from './bench.ts';
import { type Contender, contest, timesFaster } from './contest.ts';
import type { KernelFigures, Product } from './input.ts';

/** tfjs's own product against ours, each checked against sums in double precision. */
export async function measureProduct(product: Product, { key, random, swap, pace, onRound }: Bench): Promise<KernelFigures['measured']> {
  const { batch, m, k, n, transposeA, transposeB } = product;
  const [a, b] = [randomNormal(key.fold('a'), batch * m * k), randomNormal(key.fold('b'), batch * k * n)];
  const left = tensor3d(a, transposeA ? [batch, k, m] : [batch, m, k]);
  const right = tensor3d(b, transposeB ? [batch, n, k] : [batch, k, n]);
  const run = (): Tensor => matMul(left, right, transposeA, transposeB);
  const [stock, ours]: [Contender, Contender] = [
    { name: 'tfjs-wasm', takeOver: swap.stock, run },
    { name: 'Longspan', takeOver: () => swap.ours(), run },
  ];
  for (const { name, takeOver } of [stock, ours]) {
    await takeOver();
    const out = run();
    checkProduct(name, (await out.data()) as Float32Array, a, b, product, random);
    dispose(out);
  }
  return { time: timesFaster(await contest(stock, ours, pace, random, onRound)) };
}

/** Recomputes 256 cells in double precision. */
function checkProduct(
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

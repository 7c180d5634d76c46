import { createKey, randomNormal } from '@longspan/core-tensor/key';
import { dispose, matMul, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { startBackend } from '../../cases/start-backend.ts';
import { randomStream } from '../../random-stream.ts';
import type { Reporter } from '../../work.ts';
import type { PointProgress } from '../experiment.ts';
import { type Contender, type Contest, contest } from './contest.ts';
import type { Product, ProductInput } from './product.ts';
import { kernelSwap } from './swap-kernels.ts';

/** tfjs's own product against ours, each checked against sums in double precision. */
export async function runProduct(input: ProductInput, reporter: Reporter<PointProgress>): Promise<Contest> {
  await startBackend('wasm', 'stock');
  await reporter.started();
  const { batch, m, k, n, transposeA, transposeB } = input;
  const key = createKey(input.seed).fold('product');
  const random = randomStream(key.fold('draws'));
  const [a, b] = [randomNormal(key.fold('a'), batch * m * k), randomNormal(key.fold('b'), batch * k * n)];
  const left = tensor3d(a, transposeA ? [batch, k, m] : [batch, m, k]);
  const right = tensor3d(b, transposeB ? [batch, n, k] : [batch, k, n]);
  const swap = kernelSwap(input.instructions === undefined ? {} : { instructions: input.instructions });
  const run = (): Tensor => matMul(left, right, transposeA, transposeB);
  const [stock, ours]: [Contender, Contender] = [
    { name: 'tfjs-wasm', takeOver: swap.stock, run },
    { name: 'Longspan', takeOver: swap.ours, run },
  ];
  for (const contender of [stock, ours]) {
    await contender.takeOver();
    const out = run();
    checkProduct(contender.name, (await out.data()) as Float32Array, a, b, input, random);
    dispose(out);
  }
  return contest(stock, ours, { ...input, random });
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

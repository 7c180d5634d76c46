import { applyLinear } from '@longspan/core-tensor';
import { linearContract } from '@longspan/core-tensor/kernel';
import { randomNormal } from '@longspan/core-tensor/key';
import { dispose, matMul, type Tensor, tensor2d, transpose } from '@tensorflow/tfjs-core';
import { columnsOf } from '../../../figures/alternate.ts';
import { checkProduct } from '../../kernels/check-product.ts';
import { type Contender, contestOf, timesFaster } from '../../kernels/contest.ts';
import type { LinearSize } from '../input.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, timeInTurns } from './on-device.ts';

/** `applyLinear` against the product that tfjs's users write, whose weight lies the other way round; cells of both are checked in double precision. */
export async function measureLinear({ rows: m, inFeatures: k, outFeatures: n }: LinearSize, bench: GpuBench): Promise<Work> {
  const { key, random, device } = bench;
  const [a, b] = [randomNormal(key.fold('a'), m * k), randomNormal(key.fold('b'), n * k)];
  const [x, weight] = [tensor2d(a, [m, k]), tensor2d(b, [n, k])];
  const turned = transpose(weight);
  const stock: Contender = { name: 'tfjs-webgpu, matMul', takeOver: device.swap.stock, run: () => matMul(x, turned) };
  const ours: Contender = { name: 'Longspan, applyLinear', takeOver: () => device.swap.ours(), run: () => applyLinear(x, weight) };
  for (const { name, takeOver, run } of [stock, ours]) {
    await takeOver();
    const out = run() as Tensor;
    checkProduct(name, (await out.data()) as Float32Array, a, b, { batch: 1, m, k, n, transposeA: false, transposeB: true }, random);
    dispose(out);
  }
  const { kernel, reason } = linearContract.explain([x, weight], { hasBias: false });
  const notes = { linear: reason.startsWith(kernel) ? reason : `${kernel}: ${reason}` };
  const flops = 2 * m * k * n;
  const counted = await countCalls(bench, 'linear', [
    { side: stock, flops },
    { side: ours, flops },
  ]);
  const rounds = await timeInTurns(bench, [stock, ours]);
  if (rounds === undefined) return { counted, measured: {}, notes };
  const [ofStock, ofOurs] = columnsOf(rounds, 2) as [number[], number[]];
  return { counted, notes, measured: { linear: timesFaster(contestOf(ofStock, ofOurs, random)) } };
}

import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { columnsOf } from '../../../figures/alternate.ts';
import type { LanguageModelSize } from '../../../model/language-model.ts';
import { contestOf, timesFaster } from '../../kernels/contest.ts';
import { trainingSides } from '../../kernels/training-sides.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, timeInTurns } from './on-device.ts';

/** A step of the language model: the loss, all gradients, Adam; the gradients of both sides were compared. */
export async function measureTrainingStep(size: LanguageModelSize & { readonly n: number }, bench: GpuBench): Promise<Work> {
  const { key, random, device } = bench;
  const { n, width, heads, layers } = size;
  const { stock, ours, flops } = await trainingSides(size, key, device.swap, 'tfjs-webgpu');
  for (const { takeOver, run } of [stock, ours]) {
    await takeOver();
    dispose([run()].flat() as Tensor[]); // Adam makes its moments in the first step
  }
  const dense = 12 * (width / heads) * layers * heads * n * n; // every pair, scores kept: six products
  const counted = await countCalls(bench, 'training', [
    { side: stock, flops: flops.linear + dense },
    { side: ours, flops: flops.linear + flops.attention },
  ]);
  const rounds = await timeInTurns(bench, [stock, ours]);
  if (rounds === undefined) return { counted, measured: {} };
  const [ofStock, ofOurs] = columnsOf(rounds, 2) as [number[], number[]];
  return { counted, measured: { training: timesFaster(contestOf(ofStock, ofOurs, random)) } };
}

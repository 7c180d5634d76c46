import type { Parameters } from '@longspan/core-tensor';
import { differentiated } from '@longspan/core-tensor/kernel';
import type { OptimizerState } from '@longspan/training';
import { clone, dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { columnsOf } from '../../../figures/alternate.ts';
import type { LanguageModelSize } from '../../../model/language-model.ts';
import { adam } from '../../../training/schedules.ts';
import { type Contender, contestOf, timesFaster } from '../../kernels/contest.ts';
import { type TrainingSides, trainingSides } from '../../kernels/training-sides.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, noteOf, timeInTurns } from './on-device.ts';

/** A step of the language model: the loss, all gradients, Adam; the gradients of both sides were compared. */
export async function measureTrainingStep(size: LanguageModelSize & { readonly n: number }, bench: GpuBench): Promise<Work> {
  const { key, random, device } = bench;
  const { n, width, heads, layers } = size;
  const sides = await trainingSides(size, key, device.swap, 'tfjs-webgpu');
  const { stock, flops } = sides;
  const ours = withOwnAdam(sides);
  await device.swap.ours();
  const tuned = await device.tune(sides.gradients.run);
  for (const { takeOver, run } of [stock, ours]) {
    await takeOver();
    dispose([run()].flat() as Tensor[]); // tfjs's Adam makes its moments in the first step
  }
  const dense = 12 * (width / heads) * layers * heads * n * n; // every pair, scores kept: six products
  const counted = await countCalls(bench, 'training', [
    { side: stock, flops: flops.linear + dense },
    { side: ours, flops: flops.linear + flops.attention },
  ]);
  const rounds = await timeInTurns(bench, [stock, ours]);
  if (rounds === undefined) return { counted, measured: {} };
  const [ofStock, ofOurs] = columnsOf(rounds, 2) as [number[], number[]];
  return { counted, measured: { training: timesFaster(contestOf(ofStock, ofOurs, random)) }, ...noteOf('training', tuned) };
}

/** Our step with Adam for all parameters in one call, as @longspan/training takes it. */
export function withOwnAdam({ lossOf, initial, ours }: Pick<TrainingSides, 'lossOf' | 'initial' | 'ours'>): Contender {
  const { step } = adam({ beta2: 0.999, epsilon: 1e-7 }); // tfjs's own numbers
  const names = Object.keys(initial);
  let [parameters, state]: [Parameters, OptimizerState] = [tidy(() => mapValues(initial, clone)), {}];
  return {
    ...ours,
    run() {
      const list = Object.values(parameters);
      const { value, gradients: found } = differentiated(() => lossOf(parameters), list);
      const gradients = Object.fromEntries(names.flatMap((name, at) => (found[at] ? [[name, found[at]]] : [])));
      const moved = step(parameters, gradients, state, 1e-3);
      dispose([list, { ...gradients }, Object.values(state).filter((each) => typeof each !== 'number')]);
      [parameters, state] = [{ ...parameters, ...moved.parameters }, moved.state];
      return value;
    },
  };
}

const mapValues = (record: Parameters, each: (tensor: Tensor) => Tensor): Parameters =>
  Object.fromEntries(Object.entries(record).map(([name, tensor]) => [name, each(tensor)]));

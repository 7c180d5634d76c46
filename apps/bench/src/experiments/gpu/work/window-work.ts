import { cost } from '@longspan/attention-sparse';
import type { Pass } from '../../../attention/method.ts';
import { columnsOf } from '../../../figures/alternate.ts';
import { attentionProblem, causalWindow } from '../../kernels/attention-problem.ts';
import { checkContender, denseAsWritten, ownKernels } from '../../kernels/attention-work.ts';
import { contestOf, timesFaster } from '../../kernels/contest.ts';
import type { AttentionSize } from '../../kernels/input.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, noteOf, timeInTurns } from './on-device.ts';

/** Our attention in a causal window against dense attention of stock tfjs operations; both are checked in double precision. */
export async function measureWindow(size: AttentionSize & { readonly pass: Pass }, bench: GpuBench): Promise<Work> {
  const { key, random, device } = bench;
  const { pass, n, heads, headDim, left } = size;
  const problem = attentionProblem(size, key);
  const stock = denseAsWritten(size, problem, device.swap, 'tfjs-webgpu, dense');
  const ours = { ...ownKernels(size, problem, device.swap), name: 'Longspan' };
  await device.swap.ours();
  const tuned = await device.tune(ours.run);
  for (const side of [stock, ours]) await checkContender(side, size, problem, random);
  const { flops, backwardFlops, dense } = cost(causalWindow(left), { queryLength: n, heads, headDim });
  const isForward = pass === 'forward';
  const counted = await countCalls(bench, pass, [
    { side: stock, flops: isForward ? dense.flops : 3 * dense.flops }, // its backward pass keeps the scores: four more products
    { side: ours, flops: isForward ? flops : flops + backwardFlops },
  ]);
  const rounds = await timeInTurns(bench, [stock, ours]);
  if (rounds === undefined) return { counted, measured: {} };
  const [ofStock, ofOurs] = columnsOf(rounds, 2) as [number[], number[]];
  return { counted, measured: { [pass]: timesFaster(contestOf(ofStock, ofOurs, random)) }, ...noteOf(pass, tuned) };
}

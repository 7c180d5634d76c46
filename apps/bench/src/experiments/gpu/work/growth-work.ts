import { cost } from '@longspan/attention-sparse';
import type { Pass } from '../../../attention/method.ts';
import { estimate, pairedRatio } from '../../../figures/pairs.ts';
import { count, duration, withInterval } from '../../../report/wording.ts';
import { attentionProblem, causalWindow } from '../../kernels/attention-problem.ts';
import { checkContender, ownKernels } from '../../kernels/attention-work.ts';
import type { Contender } from '../../kernels/contest.ts';
import type { AttentionSize } from '../../kernels/input.ts';
import type { CountedCall } from '../input.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, noteOf, timeInTurns } from './on-device.ts';

type GrowthSize = Omit<AttentionSize, 'n'> & { readonly pass: Pass; readonly lengths: readonly number[] };

/** The time of one token at each length over that at the first, all lengths within each round. */
export async function measureGrowth(size: GrowthSize, bench: GpuBench): Promise<Work> {
  const { key, random, device } = bench;
  const { pass, lengths, heads, headDim, left } = size;
  const sides: Contender[] = [];
  const counted: CountedCall[] = [];
  let tuned: string | undefined;
  for (const n of lengths) {
    const problem = attentionProblem({ ...size, n }, key.fold(n));
    const side = { ...ownKernels(size, problem, device.swap), name: `Longspan, ${count(n)} tokens` };
    await device.swap.ours();
    tuned ??= await device.tune(side.run); // by block and width, so for all lengths
    await checkContender(side, size, problem, random);
    const { flops, backwardFlops } = cost(causalWindow(left), { queryLength: n, heads, headDim });
    counted.push(...(await countCalls(bench, String(n), [{ side, flops: pass === 'forward' ? flops : flops + backwardFlops }])));
    sides.push(side);
  }
  const rounds = await timeInTurns(bench, sides);
  if (rounds === undefined) return { counted, measured: {} };
  const perToken = rounds.map((round) => round.map((seconds, at) => seconds / (lengths[at] as number)));
  const shown = (at: number): string => {
    const thousands = perToken.map((round) => (round[at] as number) * 1000);
    return `${withInterval(estimate(thousands, random), duration)} per 1,000 tokens`;
  };
  const measured = lengths.slice(1).map((n, before) => {
    const figure = pairedRatio(
      perToken.map((round) => ({ base: round[0] as number, head: round[before + 1] as number })),
      random,
    );
    return [String(n), { figure, base: shown(0), head: shown(before + 1) }] as const;
  });
  return { counted, measured: Object.fromEntries(measured), ...noteOf(`growth, ${pass}`, tuned) };
}

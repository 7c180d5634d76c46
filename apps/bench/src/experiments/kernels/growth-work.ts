import type { Pass } from '../../attention/method.ts';
import { estimate, pairedRatio } from '../../figures/pairs.ts';
import { duration, withInterval } from '../../report/wording.ts';
import { attentionProblem } from './attention-problem.ts';
import { checkContender, ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import { type Contender, takeTurns } from './contest.ts';
import type { AttentionSize, KernelFigures } from './input.ts';

type GrowthInput = Omit<AttentionSize, 'n'> & { readonly pass: Pass; readonly lengths: readonly number[] };

/** The time of one token at each length over that at the first, all lengths within each round. */
export async function measureGrowth(input: GrowthInput, { key, random, swap, pace, onRound }: Bench): Promise<KernelFigures['measured']> {
  const { lengths } = input;
  const contenders: Contender[] = [];
  for (const n of lengths) {
    const problem = attentionProblem({ ...input, n }, key.fold(n));
    const contender = ownKernels(input, problem, swap);
    contenders.push({ ...contender, tried: await checkContender(contender, input, problem, random) });
  }
  const rounds = await takeTurns(contenders, pace, onRound);
  const perToken = rounds.map((round) => round.map((seconds, at) => seconds / (lengths[at] as number)));
  const shown = (at: number): string =>
    `${withInterval(
      estimate(
        perToken.map((round) => (round[at] as number) * 1000),
        random,
      ),
      duration,
    )} per 1,000 tokens`;
  const later = lengths.slice(1).map((n, before) => {
    const at = before + 1;
    const figure = pairedRatio(
      perToken.map((round) => ({ base: round[0] as number, head: round[at] as number })),
      random,
    );
    return [String(n), { figure, base: shown(0), head: shown(at) }] as const;
  });
  return Object.fromEntries(later);
}

import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Pass } from '../../cases/method.ts';
import { checkRows } from '../../cases/row-check.ts';
import { estimate, pairedRatio } from '../../pairs.ts';
import { duration, withInterval } from '../../wording.ts';
import { attentionProblem, checkGradientRows } from './attention-problem.ts';
import { ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import { type Contender, takeTurns } from './contest.ts';
import type { AttentionSize, KernelFigures } from './input.ts';

type GrowthInput = Omit<AttentionSize, 'n'> & { readonly pass: Pass; readonly lengths: readonly number[] };

/** The time of one token at each length over that at the first, all lengths within each round. */
export async function measureGrowth(input: GrowthInput, { key, random, swap, pace, onRound }: Bench): Promise<KernelFigures['measured']> {
  const { lengths, pass } = input;
  const contenders: Contender[] = [];
  for (const n of lengths) {
    const problem = attentionProblem({ ...input, n }, key.fold(n));
    const contender = ownKernels(input, problem, swap);
    await contender.takeOver();
    const results = [contender.run()].flat() as Tensor[];
    const values = await Promise.all(results.map((tensor) => tensor.data()));
    dispose(results);
    const [q, k, v] = values as [Float32Array, Float32Array, Float32Array];
    if (pass === 'forward') checkRows(q, problem, Math.floor(random() * 2 ** 31));
    else checkGradientRows(problem, { q, k, v }, random);
    contenders.push(contender);
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

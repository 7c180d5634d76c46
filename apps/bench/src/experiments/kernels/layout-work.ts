import { causal, createLayout, globalTokens, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { dispose } from '@tensorflow/tfjs-core';
import { attentionRow } from '../../attention/row-check.ts';
import { median } from '../../figures/pairs.ts';
import { attentionProblem } from './attention-problem.ts';
import type { Bench } from './bench.ts';
import { takeTurns } from './contest.ts';
import type { AttentionSize, KernelFigures } from './input.ts';

/**
 * Seconds for a layout the first time, from the cache, and for one forward pass over it: one figure of each from a fresh process,
 * because a user's first layout is built by code that has never run.
 */
export async function measureLayout(size: AttentionSize, { key, random, swap, pace, onRound }: Bench): Promise<KernelFigures['samples']> {
  const { n, left } = size;
  await swap.ours();
  const options = { queryLength: n } as const;
  const mask = slidingWindow({ left, right: 0 })
    .or(globalTokens([0, 1, 2, 3]))
    .and(causal());
  const start = performance.now();
  const layout = createLayout(mask, options);
  const first = (performance.now() - start) / 1000;

  const problem = attentionProblem(size, key);
  const forward = () => {
    const { out, logSumExp } = sparseAttention(...problem.tensors, { layout });
    return [out, logSumExp] as const;
  };
  const [out, logSumExp] = forward();
  const values = await out.data();
  dispose([out, logSumExp]);
  for (const query of [0, 5, n - 1, Math.floor(random() * n)]) {
    const keys = Array.from({ length: n }, (_, at) => at).filter((at) => mask.allows(query, at));
    attentionRow(problem, 0, query, keys).forEach((value, axis) => {
      const got = values[query * size.headDim + axis] as number;
      if (!(Math.abs(got - value) <= 1e-4)) throw new Error(`wrong answer: query ${query}, column ${axis} is ${got}, expected ${value}`);
    });
  }
  const cachedLayout = (): undefined => {
    createLayout(mask, options);
  };
  const sides = [
    { name: 'cached layout', takeOver: () => swap.ours(), run: cachedLayout },
    { name: 'forward', takeOver: () => swap.ours(), run: forward },
  ];
  const rounds = await takeTurns(sides, pace, onRound);
  const over = (at: 0 | 1): number => median(rounds.map((round) => round[at] as number));
  return { first, cached: over(0), forward: over(1) };
}

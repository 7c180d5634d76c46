import { cost } from '@longspan/attention-sparse';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { median, pairedRatio } from '../../pairs.ts';
import { attentionProblem, causalWindow } from './attention-problem.ts';
import { ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import { type Contender, takeTurns } from './contest.ts';
import type { AttentionSize, KernelFigures, Measured } from './input.ts';
import { findPeak } from './peak.ts';

/**
 * The rate of our forward and backward pass as a share of the machine's peak, both taken in the same rounds. Counted are the
 * products of the pairs that the mask allows: 4 d each forward, 10 d backward. What a kernel computes of masked pairs in partial
 * blocks, and its softmax, do not count.
 */
export async function measureRate(size: AttentionSize, { key, random, swap, pace, onRound }: Bench): Promise<KernelFigures['measured']> {
  const problem = attentionProblem(size, key);
  const forward = ownKernels({ ...size, pass: 'forward' }, problem, swap);
  const both = ownKernels({ ...size, pass: 'forward+backward' }, problem, swap);
  await swap.ours();
  const peak = findPeak(swap.instructions(), secondsOfRun(forward));
  const peakSide: Contender = { name: 'peak', takeOver: async () => {}, run: peak.run };
  const rounds = await takeTurns([peakSide, forward, both], pace, onRound);

  const { visitedPairs, flops: blockFlops, backwardFlops } = cost(causalWindow(size.left), size.n, size);
  const pairFlops = { forward: 4 * size.headDim * visitedPairs, backward: 10 * size.headDim * visitedPairs };
  const shareOf = (flops: number, inBlocks: number, secondsOf: (round: readonly number[]) => number): Measured => {
    // pairedRatio gives head over base: the share is our rate over the peak's.
    const share = (counted: number) =>
      pairedRatio(
        rounds.map((round) => ({ base: peak.flopsPerRun / (round[0] as number), head: counted / secondsOf(round) })),
        random,
      );
    const rates = {
      peak: median(rounds.map(([seconds]) => peak.flopsPerRun / (seconds as number))),
      ours: median(rounds.map((round) => flops / secondsOf(round))),
    };
    return {
      figure: share(flops),
      base: `${gigaflops(rates.peak)} peak`,
      head: gigaflops(rates.ours),
      detail: `${peak.loop.chains} ${peak.loop.style} chains give the peak; with all pairs of the visited blocks counted the share is ${share(inBlocks).ratio.toFixed(2)}`,
    };
  };
  return {
    forward: shareOf(pairFlops.forward, blockFlops, (round) => round[1] as number),
    backward: shareOf(pairFlops.backward, backwardFlops, (round) => (round[2] as number) - (round[1] as number)),
  };
}

function secondsOfRun({ run }: Contender): number {
  dispose([run()].flat() as Tensor[]); // the first run builds the layout
  const start = performance.now();
  dispose([run()].flat() as Tensor[]);
  return (performance.now() - start) / 1000;
}

const gigaflops = (rate: number): string => `${(rate / 1e9).toFixed(1)} GF/s`;

import { blockWindow, cost, type Mask } from '@longspan/attention-sparse';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { median, pairedRatio } from '../../figures/pairs.ts';
import { type AttentionProblem, attentionProblem, causalWindow, checkGradientRows } from './attention-problem.ts';
import { ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import { type Contender, takeTurns } from './contest.ts';
import type { AttentionSize, KernelFigures, Measured } from './input.ts';
import { backwardOf, forwardOf } from './passes.ts';
import { bareTile, findPeak } from './peak.ts';
import { profileOf } from './profile.ts';

const blockSize = 64;

const how = [
  'The peak and the tile are loops that keep to registers and the level-1 cache.',
  'What grows with the size of a head is twice what heads of 32 take less than heads of 64, on a mask of whole blocks with as many keys.',
  'The backward pass runs alone, over what a forward pass has left.',
].join(' ');

/**
 * The rate of our forward and of our backward pass as a share of the machine's peak, all taken in the same rounds. Counted are the
 * products of the pairs that the mask allows: 4 d each forward, 10 d backward. What a kernel computes of masked pairs in partial
 * blocks, and its softmax, do not count; the profile says what they take.
 */
export async function measureRate(size: AttentionSize, bench: Bench): Promise<Pick<KernelFigures, 'measured' | 'profiles'>> {
  const { key, random, swap, pace, onRound } = bench;
  const { n, heads, headDim, left } = size;
  const mask = causalWindow(left);
  // As many keys for each query, in blocks none of which hides a pair.
  const wholeBlocks = blockWindow({ blockSize: blockSize, left: Math.ceil((left + 1) / blockSize) - 1, right: 0 });
  await swap.ours();
  const problem = attentionProblem(size, key);
  const half = attentionProblem({ ...size, headDim: headDim / 2 }, key);
  await checkBackward(problem, mask, random);
  const forward = ownKernels({ ...size, pass: 'forward' }, problem, swap);
  const seconds = secondsOfRun(forward);
  const peak = findPeak(swap.instructions(), seconds);
  const tile = bareTile(swap.instructions(), 4, blockSize, seconds);
  const ours = (name: string, run: Contender['run']): Contender => ({ name, takeOver: () => swap.ours(), run });
  const contenders = {
    peak: ours('peak', peak.run),
    tile: ours('tile', tile.run),
    forward,
    forwardWhole: ours('forward, whole blocks', forwardOf(problem, wholeBlocks)),
    forwardHalf: ours('forward, whole blocks, half the head', forwardOf(half, wholeBlocks)),
    backward: ours('backward', backwardOf(problem, mask)),
    backwardWhole: ours('backward, whole blocks', backwardOf(problem, wholeBlocks)),
    backwardHalf: ours('backward, whole blocks, half the head', backwardOf(half, wholeBlocks)),
  };
  const rounds = await takeTurns(Object.values(contenders), pace, onRound);
  const secondsOf = (name: keyof typeof contenders): number[] => {
    const at = Object.keys(contenders).indexOf(name);
    return rounds.map((round) => round[at] as number);
  };

  const { visitedPairs: pairs, flops: blockFlops, backwardFlops } = cost(mask, { queryLength: n, heads, headDim });
  const { visitedPairs: wholePairs } = cost(wholeBlocks, { queryLength: n, heads, headDim });
  const measured = (pass: 'forward' | 'backward', flopsOfPair: number, inBlocks: number): Measured => {
    const [peaks, own] = [secondsOf('peak'), secondsOf(pass)];
    // pairedRatio gives head over base: the share is our rate over the peak's.
    const share = (counted: number) =>
      pairedRatio(
        own.map((value, round) => ({ base: peak.flopsPerRun / (peaks[round] as number), head: counted / value })),
        random,
      );
    return {
      figure: share(flopsOfPair * pairs),
      base: `${gigaflops(median(peaks.map((value) => peak.flopsPerRun / value)))} peak`,
      head: gigaflops(median(own.map((value) => (flopsOfPair * pairs) / value))),
      detail: `${peak.loop.chains} ${peak.loop.style} chains give the peak; with all pairs of the visited blocks counted the share is ${share(inBlocks).ratio.toFixed(2)}`,
    };
  };
  const parts = (pass: 'forward' | 'backward', flopsOfPair: number) => {
    const atRateOf = (name: 'peak' | 'tile', { flopsPerRun }: typeof tile): number[] =>
      secondsOf(name).map((value) => (value * flopsOfPair * pairs) / flopsPerRun);
    const ideal = atRateOf('peak', peak);
    const whole = secondsOf(`${pass}Whole`).map((value) => (value * pairs) / wholePairs);
    const ofHalf = secondsOf(`${pass}Half`).map((value) => (value * pairs) / wholePairs);
    const steps = [
      { name: 'multiply-adds of the pairs that the mask allows, at the peak', seconds: ideal },
      { name: `in tiles of 4 x 8, ${blockSize} steps deep: loads, addresses and stores beside them`, seconds: atRateOf('tile', tile) },
      {
        name: 'over the blocks: what else grows with the size of a head (packing, caches)',
        seconds: whole.map((value, round) => 2 * (value - (ofHalf[round] as number))),
      },
      { name: 'what does not: exponentials, their sums, masks, calls', seconds: whole },
      { name: 'partial blocks: pairs computed to be hidden', seconds: secondsOf(pass) },
    ];
    return profileOf(how, steps, ideal);
  };
  const flopsOf = { forward: 4 * headDim, backward: 10 * headDim };
  return {
    measured: {
      forward: measured('forward', flopsOf.forward, blockFlops),
      backward: measured('backward', flopsOf.backward, backwardFlops),
    },
    profiles: { forward: parts('forward', flopsOf.forward), backward: parts('backward', flopsOf.backward) },
  };
}

async function checkBackward(problem: AttentionProblem, mask: Mask, random: () => number): Promise<void> {
  const gradients = backwardOf(problem, mask)();
  const [q, k, v] = (await Promise.all(gradients.map((tensor) => tensor.data()))) as [Float32Array, Float32Array, Float32Array];
  dispose(gradients);
  checkGradientRows(problem, { q, k, v }, random);
}

function secondsOfRun({ run }: Contender): number {
  dispose([run()].flat() as Tensor[]); // the first run builds the layout
  const start = performance.now();
  dispose([run()].flat() as Tensor[]);
  return (performance.now() - start) / 1000;
}

const gigaflops = (rate: number): string => `${(rate / 1e9).toFixed(1)} GF/s`;

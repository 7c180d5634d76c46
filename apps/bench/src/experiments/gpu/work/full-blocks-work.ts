import { cost, everything } from '@longspan/attention-sparse';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { checkRows } from '../../../attention/row-check.ts';
import { columnsOf } from '../../../figures/alternate.ts';
import { median, pairedRatio } from '../../../figures/pairs.ts';
import { type AttentionProblem, attentionProblem, checkGradientRows } from '../../kernels/attention-problem.ts';
import type { Contender } from '../../kernels/contest.ts';
import type { AttentionSize, Measured } from '../../kernels/input.ts';
import { backwardOf, forwardOf } from '../../kernels/passes.ts';
import { type MultiplyAdds, multiplyAddsOn } from '../device/multiply-adds.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, noteOf, timeInTurns } from './on-device.ts';

/**
 * The rate of our forward and of our backward pass where every key is visible, as a share of the device's rate of multiply-adds in
 * registers, all taken in the same rounds. Counted are 4 d operations for each pair forward, and 10 d backward.
 */
export async function measureFullBlocks(size: Omit<AttentionSize, 'left'>, bench: GpuBench): Promise<Work> {
  const { key, random, device } = bench;
  const { n, heads, headDim } = size;
  const mask = everything();
  const problem: AttentionProblem = { ...attentionProblem({ ...size, left: n }, key), right: n };
  await device.swap.ours();
  const takeOver = (): Promise<void> => device.swap.ours();
  const forward: Contender = { name: 'Longspan, forward', takeOver, run: forwardOf(problem, mask) };
  const backward: Contender = { name: 'Longspan, backward', takeOver, run: backwardOf(problem, mask) };
  const tuned = await device.tune(() => [forward.run(), backward.run()].flat() as Tensor[]);
  const [out] = await valuesOf(forward);
  checkRows(out as Float32Array, problem, Math.floor(random() * 2 ** 31));
  const [q, k, v] = (await valuesOf(backward)) as [Float32Array, Float32Array, Float32Array];
  checkGradientRows(problem, { q, k, v }, random, { rows: 2, heads: [Math.floor(random() * heads)] }); // a head takes n² steps on the host
  const { flops, backwardFlops } = cost(mask, { queryLength: n, heads, headDim });
  const counted = [
    ...(await countCalls(bench, 'forward', [{ side: forward, flops }])),
    ...(await countCalls(bench, 'backward', [{ side: backward, flops: backwardFlops }])),
  ];
  const peak = await highest(bench);
  if (peak === undefined) return { counted, measured: {} };
  const rounds = await timeInTurns(bench, [forward, backward, contender(peak)]);
  if (rounds === undefined) return { counted, measured: {} };
  const [ofForward, ofBackward, ofPeak] = columnsOf(rounds, 3) as [number[], number[], number[]];
  const share = (seconds: readonly number[], products: number): Measured => ({
    // pairedRatio gives head over base: the share is our rate over the peak's.
    figure: pairedRatio(
      seconds.map((value, round) => ({ base: peak.flops / (ofPeak[round] as number), head: products / value })),
      random,
    ),
    base: `${teraflops(median(ofPeak.map((value) => peak.flops / value)))} in ${peak.chains} chains of registers`,
    head: teraflops(median(seconds.map((value) => products / value))),
  });
  return {
    counted,
    measured: { forward: share(ofForward, flops), backward: share(ofBackward, backwardFlops) },
    ...noteOf('full blocks', tuned),
  };
}

async function valuesOf({ run }: Contender): Promise<Float32Array[]> {
  const results = [run()].flat() as Tensor[];
  const values = (await Promise.all(results.map((tensor) => tensor.data()))) as Float32Array[];
  dispose(results);
  return values;
}

/** A few tens of milliseconds on a slow card, and enough for every core of a fast one. */
const extent = { groups: 4096, turns: 128 } as const;
/** For a look at the numbers alone. */
const little = { groups: 2, turns: 2 } as const;

/** The program with the highest rate, each checked; undefined where nothing is timed. */
async function highest(bench: GpuBench): Promise<MultiplyAdds | undefined> {
  const { gpu, adapter, recorder } = bench.device;
  const { groups, turns } = adapter.untimed === undefined ? extent : little;
  let best: { readonly peak: MultiplyAdds; readonly rate: number } | undefined;
  for (const peak of multiplyAddsOn(gpu, groups, turns)) {
    let rate = 0;
    for (let run = 0; run < (adapter.untimed === undefined ? 3 : 1); run++) {
      const { seconds } = await recorder.record(() => peak.run());
      if (seconds !== undefined) rate = Math.max(rate, peak.flops / seconds);
    }
    await peak.check();
    if (rate > (best?.rate ?? 0)) best = { peak, rate };
  }
  return best?.peak;
}

const contender = (peak: MultiplyAdds): Contender => ({
  name: 'peak',
  takeOver: async () => {},
  run() {
    peak.run();
    return undefined;
  },
});

const teraflops = (rate: number): string => `${(rate / 1e12).toFixed(2)} TFLOP/s`;

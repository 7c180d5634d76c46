import { columnsOf } from '../../figures/alternate.ts';
import type { LanguageModelSize } from '../../model/language-model.ts';
import type { Bench } from './bench.ts';
import { type Contender, contestOf, takeTurns, timesFaster } from './contest.ts';
import type { KernelFigures } from './input.ts';
import { findPeak } from './peak.ts';
import { profileOf } from './profile.ts';
import { trainingSides } from './training-sides.ts';

type TrainingInput = LanguageModelSize & { readonly n: number };

/** A step: the loss, all gradients, Adam. Both sides start from the same weights and see the same bytes. */
export async function measureTraining(
  input: TrainingInput,
  { key, random, swap, pace, onRound }: Bench,
): Promise<Pick<KernelFigures, 'measured' | 'profiles'>> {
  const { stock, ours, gradients, flops } = await trainingSides(input, key, swap, 'tfjs-wasm');
  const peak = findPeak(swap.instructions(), 0.1);
  const sides: readonly Contender[] = [stock, ours, gradients, { name: 'peak', takeOver: async () => {}, run: peak.run }];
  const rounds = await takeTurns(sides, pace, onRound);
  const [ofStock, ofOurs, ofGradients, ofPeak] = columnsOf(rounds, sides.length) as [number[], number[], number[], number[]];
  const atPeak = (flops: number): number[] => ofPeak.map((seconds) => (seconds * flops) / peak.flopsPerRun);
  return {
    measured: { time: timesFaster(contestOf(ofStock, ofOurs, random)) },
    profiles: {
      time: profileOf(
        'The peak is a loop that keeps to registers.',
        [
          { name: 'multiply-adds of the linear layers, forward and backward, at the peak', seconds: atPeak(flops.linear) },
          { name: 'those of attention, of the pairs that the mask allows', seconds: atPeak(flops.linear + flops.attention) },
          { name: 'all else of the loss and its gradients', seconds: ofGradients },
          { name: 'Adam', seconds: ofOurs },
        ],
        ofStock,
      ),
    },
  };
}

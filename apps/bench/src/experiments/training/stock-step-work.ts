import { createKey } from '@longspan/core-tensor/key';
import { randomStream } from '../../figures/random-stream.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import type { Measured } from '../kernels/input.ts';
import { kernelSwap } from '../kernels/swap-kernels.ts';
import { measureTraining } from '../kernels/training-work.ts';
import type { StockStepFigures, StockStepInput } from './input.ts';

/** A step as someone writes it in stock tfjs, with an n x n mask, and ours; losses and gradients were compared. Both by tfjs's Adam. */
export async function measureStockStep({ size, seed, pace, instructions }: StockStepInput, reporter: Reporter): Promise<StockStepFigures> {
  await startBackend('wasm', 'stock');
  await reporter.started();
  const key = createKey(seed).fold('stock step');
  const swap = kernelSwap(instructions === undefined ? {} : { instructions });
  const { measured } = await measureTraining(size, {
    key,
    random: randomStream(key.fold('draws')),
    swap,
    pace,
    onRound: (done) => reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
  });
  await swap.stock();
  return { kind: 'stock step', measured: measured['time'] as Measured };
}

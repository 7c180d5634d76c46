import { createKey } from '@longspan/core-tensor/key';
import { randomStream } from '../../figures/random-stream.ts';
import { startBackend, startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { measureAttention } from './attention-work.ts';
import type { Bench } from './bench.ts';
import { measureGrowth } from './growth-work.ts';
import type { KernelFigures, KernelInput } from './input.ts';
import { measureLayout } from './layout-work.ts';
import { measureMemory } from './memory-work.ts';
import { measureProduct } from './product-work.ts';
import { measureRate } from './rate-work.ts';
import { runSecondProcess } from './second-process-work.ts';
import { kernelSwap } from './swap-kernels.ts';
import { measureThreads } from './threads-work.ts';
import { measureTraining } from './training-work.ts';

/** The work of one point: tfjs's wasm backend with stock kernels at first, `swap` puts ours in place. */
export async function runKernels(input: KernelInput, reporter: Reporter): Promise<KernelFigures> {
  if (input.kind === 'threads')
    (await startLongspan({ threads: 2 })).unregister(); // in memory that threads share
  else await startBackend('wasm', 'stock');
  await reporter.started();
  const key = createKey(input.seed).fold('kernels');
  const swap = kernelSwap(input.instructions === undefined ? {} : { instructions: input.instructions });
  const bench: Bench = {
    key,
    random: randomStream(key.fold('draws')),
    swap,
    pace: input.pace,
    onRound: (done) => reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
  };
  const found = input.kind === 'second process' ? await runSecondProcess(input, bench, reporter) : await measure(input, bench);
  const instructions = swap.instructions();
  await swap.stock(); // ends threads
  return { measured: {}, profiles: {}, samples: {}, ...found, instructions };
}

async function measure(input: Exclude<KernelInput, { kind: 'second process' }>, bench: Bench): Promise<Partial<KernelFigures>> {
  switch (input.kind) {
    case 'product':
      return measureProduct(input, bench);
    case 'attention':
      return { measured: await measureAttention(input, bench) };
    case 'rate':
      return measureRate(input, bench);
    case 'threads':
      return measureThreads(input, bench);
    case 'growth':
      return { measured: await measureGrowth(input, bench) };
    case 'layout':
      return { samples: await measureLayout(input, bench) };
    case 'memory':
      return { samples: await measureMemory(input, bench) };
    case 'training':
      return measureTraining(input, bench);
  }
}

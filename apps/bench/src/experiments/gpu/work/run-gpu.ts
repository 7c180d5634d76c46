import { createKey } from '@longspan/core-tensor/key';
import { randomStream } from '../../../figures/random-stream.ts';
import type { Reporter } from '../../../process/work.ts';
import { startDevice, whyWithout } from '../device/start-device.ts';
import type { GpuFigures, GpuInput } from '../input.ts';
import { installRuntime } from '../runtime/install-runtime.ts';
import { measureFullBlocks } from './full-blocks-work.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { measureGrowth } from './growth-work.ts';
import { measureLinear } from './linear-work.ts';
import { measureRuntime } from './runtime-work.ts';
import { measureTrainingStep } from './training-step-work.ts';
import { measureWindow } from './window-work.ts';

/** The work of one point: tfjs's webgpu backend on the adapter that the environment names. */
export async function runGpu(input: GpuInput, reporter: Reporter): Promise<GpuFigures> {
  if (input.kind === 'install') {
    await installRuntime(input.folder);
    return { kind: 'installed' };
  }
  const precision = input.kind === 'runtime' ? input.precision : 'float32';
  const without = await whyWithout(precision);
  if (without !== undefined) return { kind: 'work', untimed: without, counted: [], measured: {}, notes: {} };
  const device = await startDevice({ precision });
  await reporter.started();
  if (input.kind === 'adapter') return device.adapter;
  const key = createKey(input.seed).fold('gpu');
  const work = await measure(input, {
    key,
    random: randomStream(key.fold('draws')),
    device,
    pace: input.pace,
    onRound: (done) => reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
  });
  const { untimed } = device.adapter;
  return { kind: 'work', notes: {}, ...work, ...(untimed === undefined ? {} : { untimed }) };
}

async function measure(input: Exclude<GpuInput, { kind: 'adapter' | 'install' }>, bench: GpuBench): Promise<Work> {
  switch (input.kind) {
    case 'attention':
      return measureWindow(input, bench);
    case 'full blocks':
      return measureFullBlocks(input, bench);
    case 'growth':
      return measureGrowth(input, bench);
    case 'linear':
      return measureLinear(input, bench);
    case 'runtime':
      return measureRuntime(input, bench);
    case 'training':
      return measureTrainingStep(input, bench);
  }
}

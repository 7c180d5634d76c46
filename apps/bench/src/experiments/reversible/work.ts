import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import type { ReversibleFigures, ReversibleInput } from './input.ts';
import { measureMemory, measureTime } from './stack-work.ts';
import { measureTraining } from './train-work.ts';

export async function runReversible(input: ReversibleInput, reporter: Reporter): Promise<ReversibleFigures> {
  await startBackend('wasm');
  await reporter.started();
  const onStep = (done: number, label: string): Promise<void> => reporter.progress({ done, label });
  switch (input.kind) {
    case 'memory':
      return measureMemory(input);
    case 'time':
      return await measureTime(input, onStep);
    case 'train':
      return await measureTraining(input, onStep);
  }
}

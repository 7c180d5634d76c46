import { availableParallelism } from 'node:os';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { measureDuplication } from './duplication-work.ts';
import { measureImage } from './image-work.ts';
import type { LshFigures, LshInput } from './input.ts';
import { measureMass } from './mass-work.ts';
import { measureDenseTime, measureLshTime } from './time-work.ts';

export async function runLsh(input: LshInput, reporter: Reporter): Promise<LshFigures> {
  const isTraining = input.kind === 'duplication' || input.kind === 'mass';
  const { unregister } = await startLongspan({ threads: isTraining ? Math.min(2, availableParallelism()) : 1 });
  await reporter.started();
  const onStep = (done: number, label: string): Promise<void> => reporter.progress({ done, label });
  const figures = await measure(input, onStep);
  unregister(); // ends threads
  return figures;
}

async function measure(input: LshInput, onStep: (done: number, label: string) => Promise<void>): Promise<LshFigures> {
  switch (input.kind) {
    case 'duplication':
      return await measureDuplication(input, onStep);
    case 'lsh time':
      return await measureLshTime(input, onStep);
    case 'dense time':
      return await measureDenseTime(input, onStep);
    case 'image':
      return await measureImage(input, onStep);
    case 'mass':
      return await measureMass(input, onStep);
  }
}

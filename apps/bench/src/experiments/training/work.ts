import type { Reporter } from '../../process/work.ts';
import type { TrainingFigures, TrainingInput } from './input.ts';

export async function runTraining(input: TrainingInput, reporter: Reporter): Promise<TrainingFigures> {
  switch (input.kind) {
    case 'peer step':
      return (await import('./peer-step-work.ts')).measurePeerStep(input, reporter);
    case 'stock step':
      return (await import('./stock-step-work.ts')).measureStockStep(input, reporter);
    case 'memory':
      return (await import('./memory-work.ts')).measureMemory(input, reporter);
  }
}

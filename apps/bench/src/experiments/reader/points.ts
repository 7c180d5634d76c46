import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { ReaderInput } from './input.ts';

export const readerPoint = 'reader';

export function readerInput({ seed, full, flags }: ExperimentOptions): ReaderInput {
  const folder = flags['folder'];
  const common = {
    seed,
    command: `pnpm bench reader ${full ? '--full ' : ''}--seed ${seed} FOLDER`,
    ...(typeof folder === 'string' ? { folder } : {}),
  };
  if (full) {
    return {
      ...common,
      size: { width: 128, heads: 4, layers: 4, buckets: 32, maxDistance: 256 },
      training: { batch: 2, length: 512, warmupSteps: 50, learningRate: 5e-3 },
      steps: 600,
      evaluatedBytes: 65_536,
      contexts: [512, 1024, 2048, 4096],
    };
  }
  return {
    ...common,
    size: { width: 64, heads: 4, layers: 2, buckets: 32, maxDistance: 256 },
    training: { batch: 1, length: 256, warmupSteps: 20, learningRate: 4e-3 },
    steps: 300,
    evaluatedBytes: 8192,
    contexts: [256, 512, 1024],
  };
}

export const pointsOf = (options: ExperimentOptions): readonly Point<ReaderInput>[] => [{ name: readerPoint, input: readerInput(options) }];

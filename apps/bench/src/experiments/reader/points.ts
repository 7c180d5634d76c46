import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { AnyInput, MemoryInput, ReaderInput } from './input.ts';

export const readerPoint = 'reader';
export const memoryPoint = 'memory';

function commonOf({ seed, full, flags }: ExperimentOptions) {
  const { folder } = flags;
  const command = `pnpm bench reader ${full ? '--full ' : ''}--seed ${seed} FOLDER`;
  return { seed, command, ...(typeof folder === 'string' ? { folder } : {}) };
}

export function readerInput({ seed, full, flags }: ExperimentOptions): ReaderInput {
  const common = { kind: 'reader', ...commonOf({ seed, full, flags }) } as const;
  if (full) {
    return {
      ...common,
      size: { width: 96, heads: 4, layers: 4, buckets: 32, maxDistance: 256 },
      training: { batch: 1, length: 512, warmupSteps: 50, learningRate: 5e-3 },
      steps: 640,
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

export function memoryInput(options: ExperimentOptions): MemoryInput {
  const { full } = options;
  const common = { kind: 'memory', ...commonOf(options), batch: 8, learningRate: 5e-3, memories: [0, 64, 128, 256, 512] } as const;
  return full
    ? { ...common, size: { width: 64, layers: 3, heads: 4 }, segmentLength: 64, memoryLength: 128, steps: 400, evaluatedBytes: 32_768 }
    : { ...common, size: { width: 32, layers: 2, heads: 4 }, segmentLength: 32, memoryLength: 64, steps: 100, evaluatedBytes: 4096 };
}

export const pointsOf = (options: ExperimentOptions): readonly Point<AnyInput>[] => [
  { name: readerPoint, input: readerInput(options), weight: 4 },
  { name: memoryPoint, input: memoryInput(options) },
];

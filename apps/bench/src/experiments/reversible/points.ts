import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { ReversibleInput, Sharing, StackSize, Storage, TimeInput, TrainInput } from './input.ts';

type Size = Pick<ExperimentOptions, 'full'>;

export const stackSize: StackSize = { length: 4096, width: 64, heads: 2, chunkLength: 64 };
export const depths = ({ full }: Size): readonly number[] => (full ? [2, 4, 8, 16, 32] : [2, 8, 32]);
export const storages: readonly Storage[] = ['stored', 'reversible'];

export const timeOf = ({ full }: Size): Omit<TimeInput, 'seed'> => ({ kind: 'time', size: stackSize, depth: 8, turns: full ? 11 : 5 });

export const ways: readonly Pick<TrainInput, 'storage' | 'sharing'>[] = (['separate', 'shared'] as const).flatMap((sharing) =>
  (['plain', 'reversible'] as const).map((storage) => ({ storage, sharing })),
);

export const trainingOf = ({ full }: Size): Omit<TrainInput, 'seed' | 'storage' | 'sharing'> => ({
  kind: 'train',
  length: 256,
  width: 128,
  heads: 4,
  depth: full ? 6 : 3,
  batch: full ? 4 : 2,
  steps: full ? 1000 : 60,
  learningRate: 3e-3,
});

export const memoryPoint = (depth: number, storage: Storage): string => `memory, depth ${depth}, ${storage}`;
export const timePoint = 'time';
export const trainPoint = (storage: TrainInput['storage'], sharing: Sharing): string => `training, ${storage}, ${sharing} query-key`;

export function pointsOf(options: ExperimentOptions): readonly Point<ReversibleInput>[] {
  const { seed } = options;
  return [
    ...depths(options).flatMap((depth) =>
      storages.map((storage) => ({
        name: memoryPoint(depth, storage),
        input: { kind: 'memory' as const, seed, size: stackSize, depth, storage },
      })),
    ),
    { name: timePoint, input: { ...timeOf(options), seed } },
    ...ways.map((way) => ({ name: trainPoint(way.storage, way.sharing), input: { ...trainingOf(options), ...way, seed } })),
  ];
}

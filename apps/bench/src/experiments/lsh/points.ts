import { count, duration } from '../../report/wording.ts';
import type { ExperimentOptions, Findings, Point } from '../../run/experiment.ts';
import type { DenseTimeInput, DuplicationInput, ImageInput, LshFigures, LshInput, LshTimeInput, MassInput, Rounds } from './input.ts';

/** How the paper calls it. */
export const lookName = (rounds: Rounds): string => (rounds === 0 ? 'full attention' : `LSH-${rounds}`);

type Size = Pick<ExperimentOptions, 'full'>;

/** In the order of the paper's table. */
export const trainedWith: readonly Rounds[] = [0, 4, 2, 1];
export const evaluatedWith: readonly Rounds[] = [0, 8, 4, 2, 1];

export const duplicationOf = ({ full }: Size): Omit<DuplicationInput, 'seed' | 'trainedWith'> => ({
  kind: 'duplication',
  size: { symbols: 128, length: full ? 1024 : 256, width: 256, heads: 4 },
  chunkLength: full ? 64 : 32,
  evaluatedWith,
  steps: full ? 800 : 280,
  enough: full ? 0.05 : 0.2,
  batch: 2,
  fewestSymbols: 4,
  learningRate: 4e-3,
  testSequences: full ? 32 : 8,
});

const time = { headDim: 64 } as const;

export const lshTimeOf = ({ full }: Size): Omit<LshTimeInput, 'seed' | 'rounds'> => ({
  ...time,
  kind: 'lsh time',
  tokens: full ? 131_072 : 65_536,
  repeats: 3,
  lengths: full ? [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072] : [1024, 4096, 16_384, 65_536],
  chunkLength: 64,
});

export const timedRounds = ({ full }: Size): readonly Rounds[] => (full ? [1, 2, 4, 8] : [1]);

const denseTimeOf = ({ full }: Size): Omit<DenseTimeInput, 'seed' | 'length'> => ({
  ...time,
  kind: 'dense time',
  tokens: lshTimeOf({ full }).tokens,
  repeats: full ? 3 : 2,
  waitSeconds: full ? 60 : 6,
});

export const imageOf = ({ full }: Size): Omit<ImageInput, 'seed'> => ({
  kind: 'image',
  side: 64,
  width: 64,
  heads: 2,
  layers: full ? 6 : 2,
  chunkLength: 64,
  rounds: full ? 4 : 2,
  steps: full ? 20 : 3,
});

export const massOf = ({ full }: Size): Omit<MassInput, 'seed'> => ({
  kind: 'mass',
  size: { symbols: 256, length: full ? 2048 : 512, width: full ? 256 : 128, heads: 4 },
  steps: full ? 300 : 60,
  batch: full ? 2 : 3,
  learningRate: 3e-3,
  excerpts: full ? 4 : 3,
  chunkLengths: [16, 32, 64, 128],
  rounds: [1, 2, 4, 8],
});

export const trainPoint = (rounds: Rounds): string => `duplication, trained with ${lookName(rounds)}`;
export const timePoint = (rounds: Rounds): string => `time per token, ${lookName(rounds)}`;
export const densePoint = (length: number): string => `time per token, full attention, length ${count(length)}`;
export const imagePoint = 'image of 12,288 steps';
export const massPoint = 'attention mass on text';

export function pointsOf({ seed, full }: ExperimentOptions): readonly Point<LshInput>[] {
  const size = { full };
  return [
    ...trainedWith.map((rounds) => ({ name: trainPoint(rounds), input: { ...duplicationOf(size), seed, trainedWith: rounds } })),
    ...timedRounds(size).map((rounds) => ({ name: timePoint(rounds), input: { ...lshTimeOf(size), seed, rounds } })),
    ...lshTimeOf(size).lengths.map((length) => ({ name: densePoint(length), input: { ...denseTimeOf(size), seed, length } })),
    { name: imagePoint, input: { ...imageOf(size), seed } },
    { name: massPoint, input: { ...massOf(size), seed } },
  ];
}

/** Dense attention takes twice as long per token at twice the length: it is left out where that would be too long. */
export function tooLong({ input }: Point<LshInput>, { outcomes }: Findings<LshFigures>): string | undefined {
  if (input.kind !== 'dense time') return undefined;
  const shorter = outcomes.flatMap(({ ending }) => (ending.kind === 'done' && ending.result.kind === 'dense time' ? [ending.result] : []));
  const longest = shorter.toSorted((a, b) => a.length - b.length).at(-1);
  if (longest === undefined) return undefined;
  const expected = (Math.min(...longest.seconds) * input.length) / longest.length;
  return expected > input.waitSeconds
    ? `a pass would take about ${duration(expected)}, going by length ${count(longest.length)}`
    : undefined;
}

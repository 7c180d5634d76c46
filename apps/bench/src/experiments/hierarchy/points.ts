import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { BookInput, EncoderName, EncoderSize, HierarchyInput } from './hierarchy-input.ts';

type Size = Pick<ExperimentOptions, 'seed' | 'full'>;

export const bookPoint = 'book';
export const encoderNames: readonly EncoderName[] = ['HAT', 'Longformer'];

/** Speeches by their place in the order of lengths. */
export const quantiles = ({ full }: Pick<ExperimentOptions, 'full'>): readonly number[] => (full ? [0.5, 0.75, 0.9, 1] : [0.1, 0.5]);

const place = (quantile: number): string => `speech at ${quantile * 100} % of the lengths`;
export const timePoint = (quantile: number): string => `time, ${place(quantile)}`;
export const memoryPoint = (quantile: number, encoder: EncoderName): string => `memory of ${encoder}, ${place(quantile)}`;

export function bookInput({ seed, full }: Size): BookInput {
  const common = {
    kind: 'book',
    seed,
    heads: 4,
    hourglass: { tokenLayers: [1, 1], hierarchy: '4@3' },
    plain: { tokenLayers: [3, 3] },
    learningRate: 4e-3,
  } as const;
  return full
    ? { ...common, width: 128, batch: 2, length: 1024, steps: 900, evaluatedBytes: 65_536 }
    : { ...common, width: 64, batch: 1, length: 1024, steps: 100, evaluatedBytes: 8192 };
}

export const encoderSize = ({ full }: Pick<ExperimentOptions, 'full'>): EncoderSize => ({
  width: full ? 256 : 64,
  heads: 4,
  layers: 6,
  documentLayers: 2,
  segmentLength: 128,
  recompute: full, // the longest speeches would take more than the 4 GiB that WebAssembly can have
});

/** The speeches first: each takes seconds. */
export function pointsOf(options: ExperimentOptions): readonly Point<HierarchyInput>[] {
  const { seed, full } = options;
  const pace = full ? { rounds: 11, budgetSeconds: 90, turnSeconds: 0.5 } : { rounds: 5, budgetSeconds: 4, turnSeconds: 0.1 };
  const common = { seed, size: encoderSize(options), pace };
  return [
    ...quantiles(options).flatMap((quantile): Point<HierarchyInput>[] => [
      { name: timePoint(quantile), input: { kind: 'time', ...common, quantile } },
      ...encoderNames.map(
        (encoder): Point<HierarchyInput> => ({
          name: memoryPoint(quantile, encoder),
          input: { kind: 'memory', ...common, quantile, encoder },
        }),
      ),
    ]),
    { name: bookPoint, input: bookInput(options) },
  ];
}

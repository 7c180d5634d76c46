import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { ModelsInput, SpeedInput, XlInput } from './xl-input.ts';

/** The attention lengths of the paper's table 9, and how many times faster its model was than the vanilla one. */
export const paperSpeeds = [
  { attentionLength: 800, timesFaster: 363 },
  { attentionLength: 1800, timesFaster: 773 },
  { attentionLength: 2800, timesFaster: 1409 },
  { attentionLength: 3800, timesFaster: 1874 },
] as const;

export const speedPoint = (attentionLength: number): string => `speed, attention length ${attentionLength}`;
export const modelsPoint = 'models';

/** The text is read in segments as long as the attention: as long as those that the paper trains with memories of that length. */
export function speedInput({ seed, full }: Pick<ExperimentOptions, 'seed' | 'full'>, attentionLength: number): SpeedInput {
  const pace = full ? { rounds: 15, budgetSeconds: 120, turnSeconds: 0.5 } : { rounds: 9, budgetSeconds: 4, turnSeconds: 0.1 };
  const size = full ? { width: 512, heads: 8, layers: 12 } : { width: 256, heads: 4, layers: 2 };
  return { kind: 'speed', seed, size, attentionLength, segmentLength: attentionLength, pace };
}

export function modelsInput({ seed, full }: Pick<ExperimentOptions, 'seed' | 'full'>): ModelsInput {
  const common = { kind: 'models', seed, batch: 8, memories: [0, 128, 512, 1024] } as const;
  const ratios = [0.1, 0.5, 1];
  if (full) {
    return {
      ...common,
      size: { width: 128, heads: 4, layers: 3 },
      segmentLength: 64,
      memoryLength: 512,
      steps: 2000,
      learningRate: 4e-3,
      evaluatedBytes: 65_536,
      recl: { positions: 512, step: 32, longest: 1024, ratios },
    };
  }
  return {
    ...common,
    size: { width: 64, heads: 4, layers: 2 },
    segmentLength: 32,
    memoryLength: 128,
    steps: 600,
    learningRate: 1e-2,
    evaluatedBytes: 8192,
    recl: { positions: 128, step: 16, longest: 256, ratios },
  };
}

/** The speeds first: each takes seconds. */
export function pointsOf(options: ExperimentOptions): readonly Point<XlInput>[] {
  return [
    ...paperSpeeds.map(({ attentionLength }) => ({ name: speedPoint(attentionLength), input: speedInput(options, attentionLength) })),
    { name: modelsPoint, input: modelsInput(options) },
  ];
}

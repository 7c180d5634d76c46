import type { Work } from '../process/work.ts';
import type { PointProgress } from './experiment.ts';
import { experimentNamed } from './registry.ts';

export interface ExperimentPointInput {
  readonly experiment: string;
  readonly input: unknown;
}

/** The work of one point of any experiment, in its own process. */
export const runExperimentPoint: Work<ExperimentPointInput, PointProgress, unknown> = ({ experiment, input }, reporter) =>
  experimentNamed(experiment).run(input, reporter);

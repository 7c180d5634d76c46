import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import { type PlaygroundInput, views } from './input.ts';

export const pointsOf = ({ full }: ExperimentOptions): readonly Point<PlaygroundInput>[] =>
  views.map((view) => ({ name: view, input: { view, visits: full ? 7 : 3, pans: view === 'pattern' } }));

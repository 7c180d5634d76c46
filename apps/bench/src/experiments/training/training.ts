import type { Experiment } from '../../run/experiment.ts';
import { buildFlag } from '../kernels/build.ts';
import type { TrainingFigures, TrainingInput } from './input.ts';
import { pointsOf } from './points.ts';
import { memoryTable, stepPartTables, stepTable, trainingFaults, trainingHeadline } from './table.ts';

/** A training step beside PyTorch's and stock tfjs's, and what the ways to hold less of it hold. */
export const training: Experiment<TrainingInput, TrainingFigures> = {
  name: 'training',
  about: 'A step of training beside stock tfjs and, where --python is given, PyTorch; its memory by recompute, reversible layers, chunks.',
  flags: [
    { name: 'python', value: 'path', about: 'a Python with torch, numpy and safetensors, which joins the steps' },
    { name: 'threads', value: 'number', about: 'threads of each side beside PyTorch', least: 1, default: '2' },
    buildFlag,
  ],
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./work.ts')).runTraining(input, reporter),
  faults: trainingFaults,
  tables: (findings) => [stepTable(findings), ...stepPartTables(findings), memoryTable(findings)],
  headline: trainingHeadline,
};

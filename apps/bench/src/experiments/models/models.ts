import type { Experiment, ExperimentOptions, Findings, Point } from '../../run/experiment.ts';
import { buildFlag, buildOf, engineArguments } from '../kernels/build.ts';
import type { ModelsFigures, ModelsInput } from './input.ts';
import { preparingName, rowsOf } from './rows.ts';
import { modelsHeadline, modelsTables } from './table.ts';

/** Whole encoders from a folder that all sides read, beside PyTorch and ONNX Runtime, in Node and in a page. */
export const models: Experiment<ModelsInput, ModelsFigures> = {
  name: 'models',
  about:
    'Checkpoints at work: a Longformer of base size beside PyTorch, a short encoder beside ONNX Runtime in Node and a Chromium, a whole book.',
  flags: [
    { name: 'python', value: 'path', about: 'a Python with torch, transformers and onnx; else one is set up where python3 is there' },
    buildFlag,
  ],
  docs: 'all tables',
  points,
  run: async (input, reporter) => (await import('./work.ts')).runModels(input, reporter),
  skip,
  tables: modelsTables,
  headline: modelsHeadline,
};

function points(options: ExperimentOptions): readonly Point<ModelsInput>[] {
  const execArgv = engineArguments(buildOf(options));
  const prepared = new Set<string>();
  return rowsOf(options).flatMap(({ name, input, preparing, weight }): Point<ModelsInput>[] => {
    const before = preparing === undefined ? undefined : preparingName(preparing);
    const isNew = before !== undefined && !prepared.has(before);
    if (before !== undefined) prepared.add(before);
    const mayFail = { mayFail: true } as const; // another library's doing
    return [
      ...(isNew && preparing !== undefined ? [{ name: before, input: preparing, ...(preparing.peers.length > 0 && mayFail) }] : []),
      { name, input, weight, execArgv, ...(before !== undefined && { needs: before }), ...(input.kind === 'encoder' && mayFail) },
    ];
  });
}

/** What could not be prepared need not be tried; its own error stands in the table. */
function skip({ needs }: Point<ModelsInput>, { outcomes }: Findings<ModelsFigures>): string | undefined {
  const ending = outcomes.find(({ point }) => point === needs)?.ending;
  return ending?.kind === 'failed' ? `${needs} failed: ${ending.error}` : undefined;
}

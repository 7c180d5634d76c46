import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Experiment, ExperimentOptions } from './experiment.ts';
import type { RunEnding } from './run-experiment.ts';
import { workspaceRoot } from './source-hash.ts';
import { wholeNumber } from './whole-number.ts';

interface CommonFlags {
  readonly out: string;
  readonly json?: string;
  readonly seed: number;
  readonly full?: true;
  readonly only?: string;
  readonly resume?: true;
  readonly readme?: true;
}

/**
 * Adds the subcommand of an experiment.
 * @param userFolder what relative paths start from
 */
export function addExperiment(
  program: Command,
  experiment: Experiment,
  userFolder: string,
  signal: AbortSignal,
  onEnd: (ending: RunEnding) => void,
): void {
  const { name, about, flags = [] } = experiment;
  const command = program
    .command(name)
    .description(about)
    .addOption(new Option('--out <folder>', 'where report.html, results.json and results.md go').default(join('bench-results', name)))
    .addOption(new Option('--json <file>', 'results.json at this place besides'))
    .addOption(new Option('--seed <number>', 'decides every random number').argParser(wholeNumber(0)).default(0))
    .addOption(
      new Option('--full', "the paper's sizes, for as long as it takes; else under two minutes on two cores, kernels and peers under five"),
    )
    .addOption(new Option('--only <text>', 'measure only what has this in its name, as the report calls it; --resume then adds to it'))
    .addOption(new Option('--resume', 'continue an interrupted run: same options, same sources, same folder'));
  const { readme } = experiment;
  if (readme !== undefined) command.addOption(new Option('--readme', `put the figures of a whole run into ${readme.file}`));
  for (const flag of flags) {
    const option = new Option(flag.value === undefined ? `--${flag.name}` : `--${flag.name} <${flag.value}>`, flag.about);
    command.addOption(flag.choices === undefined ? option : option.choices(flag.choices));
  }
  command.action(async (given: CommonFlags & Readonly<Record<string, unknown>>) => {
    const { runExperiment } = await import('./run-experiment.ts'); // late: a wrong option and --help need none of it
    const options: ExperimentOptions = {
      seed: given.seed,
      full: given.full === true,
      flags: ownFlags(experiment, given),
      ...(given.only === undefined ? {} : { only: given.only }),
    };
    const request = { experiment, options, isResumed: given.resume === true, signal, folder: resolve(userFolder, given.out) };
    const besides = {
      ...(given.json === undefined ? {} : { json: resolve(userFolder, given.json) }),
      ...(given.readme === undefined || readme === undefined ? {} : { readme: join(workspaceRoot, readme.file) }),
    };
    onEnd(await runExperiment({ ...request, ...besides }));
  });
}

function ownFlags({ flags = [] }: Experiment, given: Readonly<Record<string, unknown>>): ExperimentOptions['flags'] {
  const values = flags.flatMap(({ name }): [string, string | true][] => {
    const value = given[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())]; // as commander names it
    return typeof value === 'string' || value === true ? [[name, value]] : [];
  });
  return Object.fromEntries(values);
}

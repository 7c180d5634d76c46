import { join, resolve } from 'node:path';
import { named } from '@longspan/tooling/command-line';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { measuredFile } from './docs.ts';
import type { Experiment, ExperimentOptions, Flag } from './experiment.ts';
import { integer } from './integer.ts';
import type { RunEnding } from './run-experiment.ts';
import { workspaceRoot } from './source-hash.ts';

interface CommonFlags {
  readonly out: string;
  readonly json?: string;
  readonly seed: number;
  readonly full?: true;
  readonly only?: string;
  readonly resume?: true;
  readonly docs?: true;
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
  const { name, about, file, flags = [], docs, hasOneSize } = experiment;
  const command = program.command(name).description(about);
  if (file !== undefined) command.argument(`[${file.name}]`, file.about);
  const common = [
    new Option('--out <folder>', 'where report.html, results.json and results.md go')
      .argParser(named('a folder'))
      .default(join('bench-results', name)),
    new Option('--json <file>', 'results.json at this place besides').argParser(named('a file')),
    new Option('--seed <number>', 'decides every random number').argParser(integer(0)).default(0),
    ...(hasOneSize === true
      ? []
      : [
          new Option(
            '--full',
            "the paper's sizes, for as long as it takes; else under two minutes on two cores, kernels, gpu, peers, models and training under five",
          ),
        ]),
    new Option('--only <text>', 'measure only what has this in its name, as the report calls it; --resume then adds to it').argParser(
      named('what to measure'),
    ),
    new Option('--resume', 'continue an interrupted run: same options, same sources, same folder'),
    ...(docs === undefined ? [] : [new Option('--docs', `put the figures of a whole run into ${measuredFile(experiment)}`)]),
  ];
  const own = flags.map(optionOf);
  for (const option of [...common.filter(({ long }) => !own.some((other) => other.long === long)), ...own]) command.addOption(option);
  command.action(async (...args: readonly unknown[]) => {
    const [path] = file === undefined ? [] : (args as [string | undefined]);
    const given = command.opts<CommonFlags & Readonly<Record<string, unknown>>>();
    const isOwn = (flag: string): boolean => flags.some((one) => one.name === flag);
    const options: ExperimentOptions = {
      seed: given.seed,
      full: given.full === true,
      flags: { ...(file === undefined || path === undefined ? {} : { [file.name]: resolve(userFolder, path) }), ...ownFlags(flags, given) },
      ...(given.only === undefined || isOwn('only') ? {} : { only: given.only }),
    };
    const done = await experiment.instead?.(options, userFolder);
    if (done !== undefined) {
      for (const line of done) process.stdout.write(`${line}\n`);
      return;
    }
    const { runExperiment } = await import('./run-experiment.ts'); // late: a wrong option and --help need none of it
    onEnd(
      await runExperiment({
        experiment,
        options,
        isResumed: given.resume === true,
        signal,
        folder: resolve(userFolder, given.out),
        json: given.json === undefined ? undefined : resolve(userFolder, given.json),
        docs: given.docs === undefined ? undefined : join(workspaceRoot, measuredFile(experiment)),
      }),
    );
  });
}

function optionOf({ name, value, about, choices, isList, least, default: usual }: Flag): Option {
  const option = new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, about);
  if (choices !== undefined) isList === true ? option.argParser(listOf(choices)) : option.choices(choices);
  else if (least === undefined && value !== undefined) option.argParser(named(`a ${value}`));
  if (least !== undefined) option.argParser((text: string) => String(integer(least)(text)));
  return usual === undefined ? option : option.default(usual);
}

/** Reads a list of the choices, with commas between, into their order. */
const listOf =
  (choices: readonly string[]) =>
  (text: string): string => {
    const asked = text.split(',').map((each) => each.trim());
    if (asked.some((each) => !choices.includes(each))) {
      throw new InvalidArgumentError(`It must be a list of ${choices.join(', ')}, with commas between.`);
    }
    return choices.filter((each) => asked.includes(each)).join(',');
  };

/** The experiment's own flags; one with its usual value is as good as not given. */
function ownFlags(flags: readonly Flag[], given: Readonly<Record<string, unknown>>): ExperimentOptions['flags'] {
  const values = flags.flatMap(({ name, default: usual }): [string, string | true][] => {
    const value = given[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())]; // as commander names it
    return value !== usual && (typeof value === 'string' || value === true) ? [[name, value]] : [];
  });
  return Object.fromEntries(values);
}

import { readFileSync } from 'node:fs';
import { ConfigError } from '@longspan/core-tensor/error';
import type { Machine } from '../figures/hardware.ts';
import { markdownTable, markdownText } from '../report/markdown-parts.ts';
import { replaceFile } from '../report/replace-file.ts';
import { coreCount } from '../report/wording.ts';
import { commandLine } from './command-line.ts';
import type { Experiment, ExperimentOptions, TitledTable } from './experiment.ts';
import type { ExperimentResults } from './results.ts';

/** A README around the part that an experiment writes. */
interface ReadmeParts {
  readonly before: string;
  readonly after: string;
}

const beginOf = (command: string): string => `<!-- ${command} --readme writes from here -->`;
const endOf = (command: string): string => `<!-- ${command} --readme writes to here -->`;

/** The command whose figures stand together: each choice of an experiment has a place of its own, beside that of the default. */
export function placeOf(experiment: Pick<Experiment, 'name' | 'flags'>, { flags }: Pick<ExperimentOptions, 'flags'>): string {
  const chosen = Object.entries(flags).filter(([name]) =>
    experiment.flags?.some((flag) => flag.name === name && flag.choices !== undefined),
  );
  return commandLine(experiment, { seed: 0, full: false, flags: Object.fromEntries(chosen) });
}

/**
 * Reads a README up to and from the two marks of a command.
 * @throws ConfigError where the README lacks them
 */
export function readmeParts(path: string, command: string): ReadmeParts {
  const text = readFileSync(path, 'utf8');
  const [begin, end] = [text.indexOf(beginOf(command)), text.indexOf(endOf(command))];
  if (begin >= 0 && end > begin) return { before: text.slice(0, begin), after: text.slice(end + endOf(command).length) };
  throw new ConfigError({
    caller: `${command} --readme`,
    problem: 'the README does not say where the figures go.',
    expected: `the lines ${beginOf(command)} and ${endOf(command)}, in this order`,
    got: `${path}, ${begin < 0 ? 'without the first' : 'without the second behind the first'}`,
    remedy: 'put both lines where the figures belong.',
  });
}

/** Puts the figures of a whole run between an experiment's marks in a README; all else stays as it is. */
export function writeReadme(path: string, experiment: Experiment, results: ExperimentResults): void {
  const command = placeOf(experiment, results.options);
  const { before, after } = readmeParts(path, command);
  const titles = experiment.readme?.tables;
  const tables = results.tables.filter(({ title }) => titles === undefined || titles.includes(title));
  replaceFile(path, `${before}${beginOf(command)}\n\n${section(experiment, results, tables)}\n\n${endOf(command)}${after}`);
}

function section(experiment: Experiment, results: ExperimentResults, tables: readonly TitledTable[]): string {
  const { headline, machine, started } = results;
  return [
    `Measured with \`${commandLine(experiment, results.options, 'left open')}\` at ${commitOf(machine)} (${machine.cpu}, ${coreCount(machine.cores)}, Node ${machine.node}, ${started.slice(0, 10)}).`,
    ...(headline.length === 0 ? [] : [headline.map((line) => `- ${markdownText(line)}`).join('\n')]),
    ...tables.flatMap((table) => [`**${table.title}.** ${table.note}`, markdownTable(table)]),
  ].join('\n\n');
}

const commitOf = ({ commit, dirty }: Machine): string => `commit ${commit.slice(0, 7)}${dirty ? ' with uncommitted changes' : ''}`;

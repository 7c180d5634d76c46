import { readFileSync } from 'node:fs';
import { ConfigError } from '@longspan/core-tensor/error';
import type { Machine } from '../figures/hardware.ts';
import { markdownList, markdownTable } from '../report/markdown.ts';
import { replaceFile } from '../report/replace-file.ts';
import { coreCount } from '../report/wording.ts';
import { commandLine } from './command-line.ts';
import type { Experiment, ExperimentOptions } from './experiment.ts';
import type { Results } from './results.ts';

/** A page of the documentation around the part that an experiment writes. */
interface PageParts {
  readonly before: string;
  readonly after: string;
}

/** Where an experiment's figures stand, from the top of the checkout. */
export const measuredFile = ({ name }: Pick<Experiment, 'name'>): string => `docs/measured/${name}.md`;

const beginOf = (command: string): string => `<!-- ${command} --docs writes from here -->`;
const endOf = (command: string): string => `<!-- ${command} --docs writes to here -->`;

/** The command whose figures stand together: each choice of an experiment has a place of its own, beside that of the default. */
export function placeOf(experiment: Pick<Experiment, 'name' | 'flags'>, { flags }: Pick<ExperimentOptions, 'flags'>): string {
  const chosen = Object.entries(flags).filter(([name]) =>
    experiment.flags?.some((flag) => flag.name === name && flag.choices !== undefined),
  );
  return commandLine(experiment, { seed: 0, full: false, flags: Object.fromEntries(chosen) });
}

/**
 * Reads a page up to and from the two marks of a command.
 * @throws ConfigError where the page lacks them
 */
export function pageParts(path: string, command: string): PageParts {
  const text = readFileSync(path, 'utf8');
  const [begin, end] = [text.indexOf(beginOf(command)), text.indexOf(endOf(command))];
  if (begin >= 0 && end > begin) return { before: text.slice(0, begin), after: text.slice(end + endOf(command).length) };
  throw new ConfigError({
    caller: `${command} --docs`,
    problem: 'the page must say where the figures go.',
    expected: `the lines ${beginOf(command)} and ${endOf(command)}, in this order`,
    got: `${path}, ${begin < 0 ? 'without the first' : 'without the second after the first'}`,
    remedy: 'put both lines where the figures belong.',
  });
}

/** Puts the figures of a whole run between an experiment's marks in a page; all else stays as it is. */
export function writeDocs(path: string, experiment: Experiment, results: Results): void {
  const command = placeOf(experiment, results.options);
  const { before, after } = pageParts(path, command);
  replaceFile(path, `${before}${beginOf(command)}\n\n${section(experiment, results)}\n\n${endOf(command)}${after}`);
}

function section(experiment: Experiment, { headline, machine, options, started, tables }: Results): string {
  const { docs } = experiment;
  const named = Array.isArray(docs) ? tables.filter(({ title }) => docs.includes(title)) : tables;
  return [
    `Measured with \`${commandLine(experiment, options, 'left open')}\` at ${commitOf(machine)} (${machine.cpu}, ${coreCount(machine.cores)}, Node ${machine.node}, ${started.slice(0, 10)}).`,
    ...(headline.length === 0 ? [] : [markdownList(headline)]),
    ...named.flatMap((table) => [`**${table.title}.** ${table.note}`, markdownTable(table)]),
  ].join('\n\n');
}

const commitOf = ({ commit, dirty }: Machine): string => `commit ${commit.slice(0, 7)}${dirty ? ' with uncommitted changes' : ''}`;

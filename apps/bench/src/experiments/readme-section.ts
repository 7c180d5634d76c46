import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable, markdownText } from '../report/markdown-parts.ts';
import { replaceFile } from '../report/replace-file.ts';
import { workspaceRoot } from '../source-hash.ts';
import { commandLine } from './command-line.ts';
import type { Experiment, Findings, Flag } from './experiment.ts';

export const readmeFlag: Flag = { name: 'readme', about: "write the table into the package's README once all is measured", isOutput: true };

type Tabled<Figures> = Pick<Experiment<unknown, Figures>, 'name' | 'flags' | 'tables'>;

/**
 * Writes an experiment's tables into a README of the workspace, where `--readme` was given.
 * @param file from the top of the workspace; the tables go between its lines `<!-- bench NAME -->` and `<!-- /bench NAME -->`
 * @returns what was done, for the terminal
 */
export function writeIntoReadme<Figures>(file: string, experiment: Tabled<Figures>, findings: Findings<Figures>): string[] {
  if (findings.options.flags[readmeFlag.name] !== true) return [];
  const path = join(workspaceRoot, file);
  replaceFile(path, withSection(readFileSync(path, 'utf8'), experiment.name, sectionOf(experiment, findings)));
  return [`The table is in ${path}.`];
}

/** @throws Error where the text has not got the two markers, in that order, once each */
export function withSection(text: string, name: string, section: string): string {
  const [open, close] = [`<!-- bench ${name} -->`, `<!-- /bench ${name} -->`];
  const [before, rest, ...more] = text.split(open);
  const [old, after, ...others] = rest?.split(close) ?? [];
  if (old === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`bench --readme: "${open}" and behind it "${close}" must stand in the README once each`);
  }
  return `${before}${open}\n${section}\n${close}${after}`;
}

export function sectionOf<Figures>(experiment: Tabled<Figures>, findings: Findings<Figures>): string {
  const { machine, options } = findings;
  const commit = `commit ${machine.commit.slice(0, 7)}${machine.dirty ? ' with uncommitted changes' : ''}`;
  const where = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node.replace(/^v/, '')}, load ${machine.load} before`;
  const taken = `Measured with \`${commandLine(experiment, options, 'left open')}\` at ${commit} (${where}). `;
  return experiment
    .tables(findings)
    .flatMap((table) => [markdownTable(table), taken + markdownText(table.note)])
    .join('\n\n');
}

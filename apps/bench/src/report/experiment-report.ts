import { commandLine } from '../run/command-line.ts';
import { type Outcome, reasonOf } from '../run/experiment.ts';
import type { ExperimentResults } from '../run/results.ts';
import { type Fact, machineFacts } from './facts.ts';
import { type LinePlot, linePlot } from './line-plot.ts';
import { markdownFacts, markdownTable, markdownText } from './markdown-parts.ts';
import { escaped, facts, page, section, table } from './page.ts';
import { duration } from './wording.ts';

/** The report of an experiment as one page that needs no other file. */
export function experimentHtml(results: ExperimentResults, plots: readonly LinePlot[]): string {
  const { experiment, about, missing, headline, tables } = results;
  const drawn = plots.map((plot) => ({ plot, svg: linePlot(plot) })).filter(({ svg }) => svg !== '');
  const figures = drawn.map(({ plot, svg }) => `<figure><figcaption>${escaped(plot.title)}</figcaption>${svg}</figure>`);
  return page({
    title: `Longspan: ${experiment}`,
    lead: about,
    missing,
    headline,
    sections: [
      ...(figures.length === 0 ? [] : [section('Plots', `<div class="plots">${figures.join('')}</div>`)]),
      ...tables.map((each) => section(each.title, table(each, each.note, 1))),
      section('Run and machine', facts([...runFacts(results), ...machineFacts(results)])),
    ],
  });
}

/** The report of an experiment as GitHub-flavoured markdown. */
export function experimentMarkdown(results: ExperimentResults): string {
  const { experiment, about, missing, headline, tables } = results;
  return [
    `# Longspan: ${experiment}`,
    about,
    ...(missing.length === 0 ? [] : [`> **Partial**: ${markdownText(missing.join('; '))}.`]),
    ...(headline.length === 0 ? [] : [headline.map((line) => `- ${markdownText(line)}`).join('\n')]),
    ...tables.flatMap((each) => [`## ${each.title}`, markdownTable(each), each.note]),
    '## Run and machine',
    markdownFacts([...runFacts(results), ...machineFacts(results)]),
    '',
  ].join('\n\n');
}

function runFacts(results: ExperimentResults): Fact[] {
  const slowest = results.outcomes.toSorted((a, b) => b.wallSeconds - a.wallSeconds).slice(0, 3);
  return [
    ['command', commandLine({ name: results.experiment }, results.options)],
    ['points', `${results.outcomes.length} measured; the longest: ${slowest.map(inWords).join(', ')}`],
    ...results.outcomes.filter(({ ending }) => ending.kind !== 'done').map(({ point }): Fact => [point, reasonOf(results, point)]),
  ];
}

const inWords = ({ point, wallSeconds }: Outcome<unknown>): string => `${point} ${duration(wallSeconds)}`;

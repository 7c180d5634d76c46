import { passes } from '../cases/method.ts';
import type { Results } from '../results.ts';
import { machineFacts, textFacts, trainFacts } from './facts.ts';
import { checkTable, growthTable, passTitles, sweepTable, type TextTable } from './rows.ts';

/** The whole report as GitHub-flavoured markdown. */
export function markdown(results: Results): string {
  const { status, missing, headline, checks, sweep, train } = results;
  return [
    '# Longspan on a whole text',
    ...(status === 'partial' ? [`> **Partial**: ${missing.join('; ')}.`] : []),
    ...(headline.length > 0 ? [headline.map((line) => `- ${escaped(line)}`).join('\n')] : []),
    ...(sweep === undefined
      ? []
      : [
          ...passes.flatMap((pass) => [`## ${passTitles[pass]}`, table(sweepTable(sweep.summary.rows, pass))]),
          '## Growth',
          table(growthTable(sweep.summary.growth)),
        ]),
    ...(train === undefined ? [] : ['## Language model', facts(trainFacts(train))]),
    ...(train?.kind === 'done' ? ['A sample of what it writes:', quoted(train.figures.sample.prompt + train.figures.sample.text)] : []),
    ...(checks === undefined ? [] : ['## Checks against the dense reference', table(checkTable(checks))]),
    '## Text and machine',
    facts([...textFacts(results), ...machineFacts(results)]),
    '',
  ].join('\n\n');
}

/** As a code block by indentation, which no text can end. */
const quoted = (text: string): string => text.replaceAll(/^/gm, '    ');

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const facts = (lines: readonly (readonly [string, string])[]): string =>
  lines.map(([name, value]) => `- ${name}: ${escaped(value)}`).join('\n');

import { passes } from '../attention/method.ts';
import type { Results } from '../experiments/book/results.ts';
import { machineFacts, textFacts, trainFacts } from './facts.ts';
import { markdownFacts as facts, markdownText, markdownTable as table } from './markdown-parts.ts';
import { checksByPackage, checkTable, growthTable, passTitles, sweepTable } from './rows.ts';

/** The whole report as GitHub-flavoured markdown. */
export function markdown(results: Results): string {
  const { status, missing, headline, checks, sweep, train } = results;
  return [
    '# Longspan on a whole text',
    ...(status === 'partial' ? [`> **Partial**: ${missing.join('; ')}.`] : []),
    ...(headline.length > 0 ? [headline.map((line) => `- ${markdownText(line)}`).join('\n')] : []),
    ...(sweep === undefined
      ? []
      : [
          ...passes.flatMap((pass) => [`## ${passTitles[pass]}`, table(sweepTable(sweep.summary.rows, pass))]),
          '## Growth',
          table(growthTable(sweep.summary.growth)),
        ]),
    ...(train === undefined ? [] : ['## Language model', facts(trainFacts(train))]),
    ...(train?.kind === 'done' ? ['A sample of what it writes:', quoted(train.figures.sample.prompt + train.figures.sample.text)] : []),
    ...(checks === undefined
      ? []
      : [
          '## Checks against plain reference code',
          ...checksByPackage(checks).flatMap(([name, lines]) => [`### ${name}`, table(checkTable(lines))]),
        ]),
    '## Text and machine',
    facts([...textFacts(results), ...machineFacts(results)]),
    '',
  ].join('\n\n');
}

/** As a code block by indentation, which no text can end. */
const quoted = (text: string): string => text.replaceAll(/^/gm, '    ');

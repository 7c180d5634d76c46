import { type Pass, passes } from '../attention/method.ts';
import type { Results, TrainResult } from '../experiments/book/results.ts';
import { machineFacts, textFacts, trainFacts } from './facts.ts';
import { escaped, facts, page, section, table } from './page.ts';
import { sweepPlot, trainPlot } from './plots.ts';
import { checksByPackage, checkTable, growthTable, passTitles, sweepTable } from './rows.ts';

/** The report as one page that needs no other file, no network and no script. */
export function html(results: Results): string {
  const { missing, headline, text, checks, sweep, train } = results;
  return page({
    title: `Longspan on ${text.name}`,
    lead: 'Sparse attention against dense attention, on real text, in JavaScript.',
    missing,
    headline,
    sections: [
      ...(sweep === undefined
        ? []
        : [
            ...passes.map((pass) => sweepSection(sweep.summary, pass)),
            section(
              'Growth',
              table(growthTable(sweep.summary.growth), 'Least squares in log-log over all samples, with bootstrap intervals', 2),
            ),
          ]),
      ...(train === undefined ? [] : [trainSection(train)]),
      ...(checks === undefined
        ? []
        : [
            section(
              'Checks against plain reference code',
              checksByPackage(checks)
                .map(([name, lines]) => `<h3>${escaped(name)}</h3>\n${table(checkTable(lines), checkCaption(name, lines.length), 2)}`)
                .join('\n'),
            ),
          ]),
      section('Text and machine', facts([...textFacts(results), ...machineFacts(results)])),
    ],
  });
}

const checkCaption = (name: string, count: number): string =>
  `${count} of ${name}, on text from the start and the middle of this run’s file, before anything was timed`;

function sweepSection(summary: NonNullable<Results['sweep']>['summary'], pass: Pass): string {
  const plots = (
    [
      ['seconds', 'Time'],
      ['peakBytes', 'Peak memory'],
    ] as const
  )
    .map(([quantity, title]) => ({ title, svg: sweepPlot(summary, pass, quantity) }))
    .filter(({ svg }) => svg !== '')
    .map(({ title, svg }) => `<figure><figcaption>${title} over length, both axes logarithmic</figcaption>${svg}</figure>`);
  return `<section><h2>${passTitles[pass]}</h2>
<div class="plots">${plots.join('')}</div>
${table(
  sweepTable(summary.rows, pass),
  'Medians over fresh processes with 95 % bootstrap intervals; a ratio below 1 favours Longspan',
  0,
)}</section>`;
}

function trainSection(train: TrainResult): string {
  const done = train.kind === 'done' ? train.figures : undefined;
  return `<section><h2>Language model</h2>
${done === undefined ? '' : `<figure class="wide"><figcaption>Bits per character while training</figcaption>${trainPlot(done, train.baselines)}</figure>`}
${facts(trainFacts(train))}
${
  done === undefined
    ? ''
    : `<h3>What it writes</h3>
<p>Given the first words, at temperature ${done.sample.temperature}:</p>
<pre><span class="prompt">${escaped(done.sample.prompt)}</span>${escaped(done.sample.text)}</pre>`
}</section>`;
}

import { readFileSync } from 'node:fs';
import { type Pass, passes } from '../cases/method.ts';
import type { Results, TrainResult } from '../results.ts';
import { type Fact, machineFacts, textFacts, trainFacts } from './facts.ts';
import { sweepPlot, trainPlot } from './plots.ts';
import { checkTable, growthTable, passTitles, sweepTable, type TextTable } from './rows.ts';

const css = readFileSync(new URL('./report.css', import.meta.url), 'utf8');

/** The report as one page that needs no other file, no network and no script. */
export function html(results: Results): string {
  const { status, missing, headline, text, checks, sweep, train } = results;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Longspan on ${escaped(text.name)}${status === 'partial' ? ' (partial)' : ''}</title>
<style>
${css}</style>
</head>
<body>
<header>
<h1>Longspan on ${escaped(text.name)}</h1>
<p class="lead">Sparse attention against dense attention, on real text, in JavaScript.</p>
</header>
<main>
${status === 'partial' ? `<p class="partial" role="status"><strong>This report is partial.</strong> ${escaped(missing.join('; '))}.</p>` : ''}
${headline.length === 0 ? '' : `<section aria-label="What was found"><ul class="found">${headline.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul></section>`}
${sweep === undefined ? '' : passes.map((pass) => sweepSection(sweep.summary, pass)).join('\n')}
${sweep === undefined ? '' : `<section><h2>Growth</h2>${table(growthTable(sweep.summary.growth), 'Least squares in log-log over all samples, with bootstrap intervals', 2)}</section>`}
${train === undefined ? '' : trainSection(train)}
${
  checks === undefined
    ? ''
    : `<section><h2>Checks against the dense reference</h2>${table(checkTable(checks), 'On text from the start of this run’s file, before anything was timed', 2)}</section>`
}
<section><h2>Text and machine</h2>${facts([...textFacts(results), ...machineFacts(results)])}</section>
</main>
</body>
</html>
`;
}

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

/** @param words how many columns, from the left, hold words; the others hold numbers and stand to the right; 0: the first is a length */
function table({ head, rows }: TextTable, caption: string, words: number): string {
  const isNumber = (column: number): boolean => column >= words;
  const align = (column: number): string => (isNumber(column) && words === 0 ? ' class="number"' : '');
  const cell = (text: string, column: number): string => {
    if (column === 0) return `<th scope="row"${align(0)}>${text.includes('(') ? `<code>${escaped(text)}</code>` : escaped(text)}</th>`;
    const verdict =
      text === 'ok'
        ? ' class="ok"'
        : text.startsWith('FAILED')
          ? ' class="bad"'
          : /^(over|failed|not )/.test(text)
            ? ''
            : text.endsWith('|x|')
              ? ' class="allowed"'
              : align(column);
    return `<td${verdict}>${escaped(text).replace(/ (\([^()]* to [^()]*\))/g, ' <small>$1</small>')}</td>`;
  };
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption>
<thead><tr>${head.map((text, column) => `<th scope="col"${align(column)}>${escaped(text)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table></div>`;
}

const facts = (lines: readonly Fact[]): string =>
  `<dl>${lines.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

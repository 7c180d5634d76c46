import { readFileSync } from 'node:fs';
import { linePlot } from './line-plot.ts';
import type { Fact, Passage, Report } from './report.ts';
import type { TitledTable } from './table.ts';

const css = readFileSync(new URL('./report.css', import.meta.url), 'utf8');

/** The report as one page that needs no other file, no network and no script. */
export function page({ title, lead, missing, headline, plots, tables, passages, facts: aboutRun }: Report): string {
  const figures = plots
    .map((plot) => ({ plot, svg: linePlot(plot) }))
    .filter(({ svg }) => svg !== '')
    .map(({ plot, svg }) => `<figure><figcaption>${escaped(plot.title)}</figcaption>${svg}</figure>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}${missing.length > 0 ? ' (partial)' : ''}</title>
<style>
${css}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p class="lead">${escaped(lead)}</p>
</header>
<main>
${missing.length > 0 ? `<p class="partial" role="status"><strong>This report is partial.</strong> ${escaped(missing.join('; '))}.</p>` : ''}
${headline.length === 0 ? '' : `<section aria-label="What was found"><ul class="found">${headline.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul></section>`}
${figures.length === 0 ? '' : section('Plots', `<div class="plots">${figures.join('')}</div>`)}
${tables.map((each) => section(each.title, table(each))).join('\n')}
${passages.map((each) => section(each.title, passage(each))).join('\n')}
${section('Run and machine', facts(aboutRun))}
</main>
</body>
</html>
`;
}

const section = (title: string, markup: string): string => `<section><h2>${escaped(title)}</h2>\n${markup}</section>`;

/** A table with its caption as the region's name. */
export function table({ head, rows, note, isNumeric }: Omit<TitledTable, 'title'>): string {
  const align = isNumeric === true ? ' class="number"' : '';
  const cell = (text: string, column: number): string => {
    const isCall = column === 0 && /\w\(/.test(text);
    const inner = isCall ? `<code>${escaped(text)}</code>` : escaped(text).replace(/ (\([^()]* to [^()]*\))/g, ' <small>$1</small>'); // an interval, after what it is of
    return column === 0 ? `<th scope="row"${align}>${inner}</th>` : `<td${classOf(text) ?? align}>${inner}</td>`;
  };
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(note)}"><table><caption><span>${escaped(note)}</span></caption>
<thead><tr>${head.map((text) => `<th scope="col"${align}>${escaped(text)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table></div>`;
}

/** How a result is set off from figures; undefined where the text is one of them. */
function classOf(text: string): string | undefined {
  if (text === 'ok' || text === 'met') return ' class="ok"';
  if (/^(FAILED|missed)/.test(text)) return ' class="bad"';
  if (/^(over|failed|not )/.test(text)) return '';
  return text.endsWith('|x|') ? ' class="allowed"' : undefined;
}

function passage({ facts: lines, sample }: Passage): string {
  if (sample === undefined) return facts(lines);
  return `${facts(lines)}
<p>${escaped(sample.about)}</p>
<pre><span class="prompt">${escaped(sample.prompt)}</span>${escaped(sample.text)}</pre>`;
}

const facts = (lines: readonly Fact[]): string =>
  `<dl>${lines.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

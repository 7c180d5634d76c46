import { readFileSync } from 'node:fs';
import type { Fact } from './facts.ts';
import type { TextTable } from './rows.ts';

const css = readFileSync(new URL('./report.css', import.meta.url), 'utf8');

export interface Page {
  readonly title: string;
  /** One line below the title. */
  readonly lead: string;
  /** What a partial report lacks, in words; empty where it is complete. */
  readonly missing: readonly string[];
  /** What was found, most telling first. */
  readonly headline: readonly string[];
  /** Markup, section by section. */
  readonly sections: readonly string[];
}

/** One page that needs no other file, no network and no script. */
export function page({ title, lead, missing, headline, sections }: Page): string {
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
${sections.join('\n')}
</main>
</body>
</html>
`;
}

export const section = (title: string, markup: string): string => `<section><h2>${escaped(title)}</h2>\n${markup}</section>`;

/**
 * A table with its caption as the region's name.
 * @param words how many columns, from the left, hold words; the others hold numbers and stand to the right; 0: the first is a length
 */
export function table({ head, rows }: TextTable, caption: string, words: number): string {
  const isNumber = (column: number): boolean => column >= words;
  const align = (column: number): string => (isNumber(column) && words === 0 ? ' class="number"' : '');
  const cell = (text: string, column: number): string => {
    const isCall = column === 0 && /\w\(/.test(text);
    const inner = isCall ? `<code>${escaped(text)}</code>` : escaped(text).replace(/ (\([^()]* to [^()]*\))/g, ' <small>$1</small>'); // an interval, behind what it is of
    if (column === 0) return `<th scope="row"${align(0)}>${inner}</th>`;
    const verdict =
      text === 'ok' || text === 'met'
        ? ' class="ok"'
        : /^(FAILED|missed)/.test(text)
          ? ' class="bad"'
          : /^(over|failed|not )/.test(text)
            ? ''
            : text.endsWith('|x|')
              ? ' class="allowed"'
              : align(column);
    return `<td${verdict}>${inner}</td>`;
  };
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><caption><span>${escaped(caption)}</span></caption>
<thead><tr>${head.map((text, column) => `<th scope="col"${align(column)}>${escaped(text)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table></div>`;
}

export const facts = (lines: readonly Fact[]): string =>
  `<dl>${lines.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

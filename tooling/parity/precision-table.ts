import { measuredErrors, otherChoices } from './precision-measured.ts';
import { publishedBytes } from './published-sizes.ts';

/** The Markdown table of what precisions take and cost, by what was measured. */
export function precisionTable(): string {
  const rows = publishedBytes().map(({ word, title, weights, bytes }) => {
    const { cases = 0, float16 = Number.NaN, int8 = Number.NaN } = measuredErrors[word] ?? {};
    const [most, half, quarter] = [bytes.float32, bytes.float16, bytes.int8].map((each) => `${(each / 1e6).toFixed(0)} MB`);
    return [title, `${(weights / 1e6).toFixed(0)} M`, most, half, quarter, percent(float16), percent(int8), String(cases)];
  });
  const others = Object.entries(otherChoices).map(([name, { float16, int8 }]) => `${name} (${percent(float16)}, ${percent(int8)})`);
  const table = [
    ['family', 'weights', 'float32', 'float16', 'int8', 'error of float16', 'error of int8', 'cases'],
    ['---', '--:', '--:', '--:', '--:', '--:', '--:', '--:'],
    ...rows,
  ]
    .map((row) => `| ${row.join(' | ')} |\n`)
    .join('');
  return `${table}\nCases that choose otherwise with rounded weights, and are in no row:\n${others.join(',\n')}.\n`;
}

const percent = (part: number): string => `${Number((100 * part).toPrecision(2))} %`;

/** Puts a table between the marks of a page. */
export function withTable(page: string, table: string): string {
  const [begin, end] = ['<!-- pnpm docs:precision writes from here -->\n', '<!-- pnpm docs:precision writes to here -->'];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page must have the line ${begin.trim()}, and behind it ${end}`);
  return `${page.slice(0, from + begin.length)}\n${table}\n${page.slice(to)}`;
}

/** The pages that have it. */
export const pages = ['docs/measured/precision.md', 'packages/models/README.md'] as const;

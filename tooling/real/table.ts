import type { Row } from './row.ts';

/** The table, in Markdown; the checks of a model below each other. */
export function tableOf(rows: readonly Row[]): string {
  const order = [...new Set(rows.map(({ model }) => model))];
  const sorted = order.flatMap((model) => rows.filter((row) => row.model === model));
  return [
    '| model | check | where | found | must be | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...sorted.map(
      ({ model, check, place, found, must, passed }) =>
        `| ${model} | ${check} | ${place} | ${found} | ${must} | ${passed ? 'passed' : '**failed**'} |`,
    ),
  ].join('\n');
}

const marks = ['<!-- pnpm check:real --docs writes from here -->', '<!-- pnpm check:real --docs writes to here -->'] as const;

/** The page with the table between its marks. */
export function pageWith(page: string, written: string): string {
  const [from, to] = marks.map((mark) => page.indexOf(mark)) as [number, number];
  if (from < 0 || to < from) throw new Error(`docs/measured/real.md must hold the lines ${marks.join(' and ')}`);
  return `${page.slice(0, from + marks[0].length)}\n${written}\n${page.slice(to)}`;
}

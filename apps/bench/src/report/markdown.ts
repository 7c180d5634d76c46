import type { Fact, Report } from './report.ts';
import type { TextTable } from './table.ts';

/** The report as GitHub-flavoured markdown. */
export function markdown({ title, lead, missing, headline, tables, passages, facts }: Report): string {
  return [
    `# ${title}`,
    lead,
    ...(missing.length === 0 ? [] : [`> **Partial**: ${markdownText(missing.join('; '))}.`]),
    ...(headline.length === 0 ? [] : [markdownList(headline)]),
    ...tables.flatMap((each) => [`## ${each.title}`, markdownTable(each), each.note]),
    ...passages.flatMap(({ title, facts, sample }) => [
      `## ${title}`,
      markdownFacts(facts),
      ...(sample === undefined ? [] : [sample.about, quoted(sample.prompt + sample.text)]),
    ]),
    '## Run and machine',
    markdownFacts(facts),
    '',
  ].join('\n\n');
}

/** Text inside a table or a list. */
const markdownText = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export const markdownList = (lines: readonly string[]): string => lines.map((line) => `- ${markdownText(line)}`).join('\n');

export function markdownTable({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const markdownFacts = (lines: readonly Fact[]): string => markdownList(lines.map(([name, value]) => `${name}: ${value}`));

/** As a code block by indentation, which no text can end. */
const quoted = (text: string): string => text.replaceAll(/^/gm, '    ');

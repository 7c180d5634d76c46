import type { TextTable } from './rows.ts';

/** Text inside a table or a list of GitHub-flavoured markdown. */
export const markdownText = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function markdownTable({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const markdownFacts = (lines: readonly (readonly [string, string])[]): string =>
  lines.map(([name, value]) => `- ${name}: ${markdownText(value)}`).join('\n');

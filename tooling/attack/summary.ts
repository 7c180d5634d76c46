import { readFindings } from './files.ts';
import type { Finding, Severity } from './finding.ts';

const order: readonly Severity[] = ['high', 'medium', 'low', 'unclear'];

/** Whether a finding makes a run fail. */
export const isBad = ({ severity }: Finding): boolean => severity !== 'unclear';

/** The findings of a folder under one seed, in words: one line for each signature, the worst first. */
export function summaryOf(folder: string, seed: string): { readonly lines: readonly string[]; readonly findings: readonly Finding[] } {
  const findings = readFindings(folder).filter((finding) => finding.case.split('/')[1]?.startsWith(`${seed}-`));
  const first = new Map<string, Finding>();
  for (const finding of findings) if (!first.has(finding.signature)) first.set(finding.signature, finding);
  const sorted = [...first.values()].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const counts = order.map((severity) => `${sorted.filter((each) => each.severity === severity).length} ${severity}`);
  return { lines: [...sorted.map(worded), `Kinds of findings: ${counts.join(', ')}.`], findings };
}

const worded = ({ severity, signature, input, expected, got, ...finding }: Finding): string =>
  [
    `${severity.toUpperCase()} ${signature} (--again ${finding.case})`,
    `  input     ${input.slice(0, 300)}`,
    `  expected  ${expected.slice(0, 200)}`,
    `  got       ${got.slice(0, 300)}`,
  ].join('\n');

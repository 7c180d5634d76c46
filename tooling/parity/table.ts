import type { Tolerance } from '../expect/close.ts';
import type { Label } from './fixture.ts';
import { type CaseResult, counts, type Report } from './report.ts';

const numberWidth = 9;
const toleranceWidth = 14;
const tensorWidth = 40;
const kernelWidth = 9;

/** One line per case in columns that fit the names of all cases. */
export class Table {
  readonly #familyWidth: number;
  readonly #nameWidth: number;

  constructor(cases: readonly Label[]) {
    this.#familyWidth = widest(cases.map(({ family }) => family).concat('family'));
    this.#nameWidth = widest(cases.map(({ name }) => name).concat('case'));
  }

  header(): string {
    return this.#line('family', 'case', 'worst tensor', 'error', 'tolerance', 'kernels', '');
  }

  line({ family, name, passed, kernels, worst, problem }: CaseResult): string {
    const tensor = worst === undefined ? '-' : `${worst.tensor}${worst.way === '' ? '' : ` (${worst.way})`}`;
    const error = worst?.error === undefined ? '-' : short(worst.error);
    const verdict = passed ? 'ok' : `MISS  ${oneLine(problem ?? '')}`;
    return this.#line(
      family,
      name,
      tensor,
      error,
      worst === undefined ? '-' : allowance(worst.tolerance),
      kernels.join(', ') || '-',
      verdict,
    );
  }

  #line(family: string, name: string, tensor: string, error: string, tolerance: string, kernel: string, verdict: string): string {
    const columns = [
      family.padEnd(this.#familyWidth),
      name.padEnd(this.#nameWidth),
      tensor.padEnd(tensorWidth),
      error.padStart(numberWidth),
      tolerance.padEnd(toleranceWidth),
      kernel.padEnd(kernelWidth),
      verdict,
    ];
    return columns.join('  ').trimEnd();
  }
}

/** What stands below the table: the families that wait for a package, and the count. */
export function closing(report: Report): readonly string[] {
  const { passed, failed, skipped } = counts(report);
  const [families, numbers] = [
    widest(report.skipped.map(({ family }) => family)),
    widest(report.skipped.map(({ count }) => String(count))),
  ];
  const waiting = report.skipped.map(
    ({ family, count, package: name }) => `skipped  ${family.padEnd(families)}  ${String(count).padStart(numbers)}  comes with ${name}`,
  );
  return [...waiting, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`];
}

const widest = (texts: readonly string[]): number => texts.reduce((width, text) => Math.max(width, text.length), 0);
const short = (value: number): string => (value === 0 ? '0' : value.toExponential(1));
const allowance = ({ atol, rtol }: Tolerance): string =>
  atol === 0 && rtol === 0 ? 'exact' : `${atol.toExponential()} + ${rtol.toExponential()}|e|`;
const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, '; ');

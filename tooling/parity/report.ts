import type { Comparison } from './compare.ts';

/** What became of one case. */
export interface CaseResult {
  readonly file: string;
  readonly family: string;
  readonly name: string;
  readonly passed: boolean;
  /** The kernels that took the operations of which backends may have their own; empty where there was none. */
  readonly kernels: readonly string[];
  /** The tensor that came closest to its allowance, or went furthest beyond; nothing where the case broke off before. */
  readonly worst: Comparison | undefined;
  /** Why it failed. */
  readonly problem: string | undefined;
}

/** Cases of one family that wait for a package. */
export interface SkippedFamily {
  readonly family: string;
  readonly count: number;
  readonly package: string;
}

export interface Report {
  readonly backend: string;
  readonly kernels: string;
  readonly threads: number;
  /** What replayed them, in words; nothing where there was nothing to replay. */
  readonly place: string | undefined;
  readonly results: readonly CaseResult[];
  readonly skipped: readonly SkippedFamily[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function counts({ results, skipped }: Report): Counts {
  const passed = results.filter((result) => result.passed).length;
  return { passed, failed: results.length - passed, skipped: skipped.reduce((total, { count }) => total + count, 0) };
}

/** The report for machines. Numbers that JSON does not know are written as text: "NaN", "Infinity". */
export const reportJson = (report: Report): string =>
  JSON.stringify(
    {
      backend: report.backend,
      kernels: report.kernels,
      threads: report.threads,
      place: report.place,
      ...counts(report),
      cases: report.results.map(plain),
      skippedFamilies: report.skipped,
    },
    finite,
    2,
  );

const plain = ({ file, family, name, passed, kernels, worst, problem }: CaseResult): Readonly<Record<string, unknown>> => ({
  family,
  case: name,
  file,
  ok: passed,
  kernels,
  tensor: worst?.tensor,
  way: worst?.way,
  error: worst?.error,
  shareOfAllowance: worst?.share,
  tolerance: worst?.tolerance,
  problem,
});

const finite = (_: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);

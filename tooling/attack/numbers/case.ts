import type { Severity } from '../finding.ts';
import type { Random } from '../random.ts';

export interface Difference {
  readonly severity: Severity;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The largest float32, rounded up: a definition's number beyond it has no float32 to be compared with. */
const largest = 3.4028e38;

/**
 * One case on one backend: draws from its random numbers, notes what it drew, compares. In the programs `c` is the case and `r` its random
 * numbers; in their loops b, h, i, j and d count batch rows, heads, queries, keys and dimensions, and B, H (HK of keys), NQ, NK, D and DV are
 * how many.
 */
export class Case {
  readonly rng: Random;
  readonly backend: string;
  readonly notes: Record<string, unknown> = {};
  readonly differences: Difference[] = [];

  constructor(rng: Random, backend: string) {
    this.rng = rng;
    this.backend = backend;
  }

  /** Says what was drawn, for the finding. */
  note(more: Readonly<Record<string, unknown>>): void {
    Object.assign(this.notes, more);
  }

  report(severity: Severity, what: string, detail: Readonly<Record<string, unknown>> = {}): void {
    this.differences.push({ severity, what, detail });
  }

  /** Whether each number is within its tolerance of the definition's. NaN is equal to NaN, infinities to themselves. */
  close(
    what: string,
    got: ArrayLike<number>,
    want: ArrayLike<number>,
    tolerance: number | ArrayLike<number>,
    severity: Severity = 'high',
  ): boolean {
    if (got.length !== want.length) {
      this.report(severity, `${what}: length`, { expected: want.length, got: got.length });
      return false;
    }
    const toleranceAt = (at: number): number => (typeof tolerance === 'number' ? tolerance : (tolerance[at] as number));
    let [worst, worstAt, wrong] = [0, -1, 0];
    for (let at = 0; at < want.length; at++) {
      const times = excess(got[at] as number, want[at] as number, toleranceAt(at));
      if (times > 1) wrong++;
      if (times > worst) [worst, worstAt] = [times, at];
    }
    if (worst <= 1) return true;
    this.report(severity, what, {
      expected: want[worstAt],
      got: got[worstAt],
      at: worstAt,
      of: want.length,
      wrong,
      tolerance: toleranceAt(worstAt),
      times: Number(worst.toPrecision(3)),
    });
    return false;
  }
}

/** How many tolerances a number is off. */
function excess(got: number, want: number, tolerance: number): number {
  if (Number.isNaN(want)) return Number.isNaN(got) ? 0 : Number.POSITIVE_INFINITY;
  if (!Number.isFinite(want)) return got === want ? 0 : Number.POSITIVE_INFINITY;
  if (Math.abs(want) > largest) return 0;
  if (!Number.isFinite(got)) return Number.POSITIVE_INFINITY;
  return Math.abs(got - want) / Math.max(tolerance, 1e-44);
}

/** How bad a finding is if it is what it seems; 'unclear' has to be looked at before it counts. */
export type Severity = 'high' | 'medium' | 'low' | 'unclear';

/** What a program reports of one case. */
export interface Found {
  readonly severity?: Severity;
  /** What is wrong, in words that are the same for every case of it. */
  readonly kind: string;
  /** What tells findings of one cause from others; the kind by default. */
  readonly signature?: string;
  readonly input: unknown;
  readonly expected: unknown;
  readonly got: unknown;
}

/** A line of `findings.jsonl`. */
export interface Finding {
  /** Repeats the case alone: `pnpm attack --again CASE`. */
  readonly case: string;
  readonly severity: Severity;
  readonly kind: string;
  readonly signature: string;
  readonly input: string;
  readonly expected: string;
  readonly got: string;
}

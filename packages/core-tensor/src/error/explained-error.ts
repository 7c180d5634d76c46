/** What every error of Longspan says: where, what is wrong, what was expected, what came, and what to do. */
export interface Explanation {
  /** The public function whose argument is wrong, as its caller wrote it. */
  readonly caller: string;
  /** One sentence that ends in a full stop. */
  readonly problem: string;
  readonly expected: string;
  readonly got: string;
  readonly remedy: string;
}

/** The base of all errors that Longspan throws on purpose: its message names what was expected, what came and the remedy. */
export class ExplainedError extends Error {
  readonly expected: string;
  readonly got: string;
  readonly remedy: string;

  constructor({ caller, problem, expected, got, remedy }: Explanation, options?: ErrorOptions) {
    super(`${caller}: ${problem}\n  expected  ${expected}\n  got       ${got}\n  remedy    ${remedy}`, options);
    this.name = new.target.name;
    this.expected = expected;
    this.got = got;
    this.remedy = remedy;
  }
}

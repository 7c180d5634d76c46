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

/** Characters of each part of a message: what a stranger wrote into a file may be as long as the file. */
const longestPart = 2000;

const bounded = (text: string): string =>
  withoutControls(text.length <= longestPart ? text : `${text.slice(0, longestPart / 2)} … ${text.slice(-longestPart / 4)}`);

/**
 * What a stranger wrote must not steer a terminal or turn the direction of a line: such characters are shown by their numbers. Lines of our own stay.
 */
const withoutControls = (text: string): string =>
  text.replaceAll(/(?!\n)[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The base of all errors that Longspan throws on purpose: its message names what was expected, what came and the remedy. */
export class ExplainedError extends Error {
  override readonly name: string = 'ExplainedError'; // written out, here and below, for bundlers shorten the names of classes
  readonly expected: string;
  readonly got: string;
  readonly remedy: string;

  constructor({ caller, problem, expected, got, remedy }: Explanation, options?: ErrorOptions) {
    const [rule, wanted, came, cure] = [problem, expected, got, remedy].map(bounded) as [string, string, string, string];
    super(`${caller}: ${rule}\n  expected  ${wanted}\n  got       ${came}\n  remedy    ${cure}`, options);
    this.expected = wanted;
    this.got = came;
    this.remedy = cure;
  }
}

/** Whether it is such an error, of this copy of the library or of another one in the program. */
export const isExplained = (error: unknown): error is ExplainedError =>
  error instanceof ExplainedError ||
  (typeof error === 'object' &&
    error !== null &&
    ['expected', 'got', 'remedy'].every((part) => typeof Reflect.get(error, part) === 'string'));
